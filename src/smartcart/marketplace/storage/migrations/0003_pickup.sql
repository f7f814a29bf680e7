alter table orders add column pickup_at bigint;

create index orders_pickup on orders (pickup_at, code) where state = 'accepted';
