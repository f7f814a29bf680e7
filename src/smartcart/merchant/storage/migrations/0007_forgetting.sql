-- Whether anything is kept that tells who an order's customer is, and whether somebody asked that
-- it should not be.
alter table shop_order add column personal bigint not null default 1;

alter table shop_order add column forget bigint not null default 0;

create index shop_order_personal on shop_order (updated_at, code) where personal = 1;

create index shop_order_to_forget on shop_order (code) where forget = 1;
