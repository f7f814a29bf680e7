create table merchant (
    id text not null primary key,
    token_hash text not null unique,
    document text not null
);

create table offer (
    merchant_id text not null,
    shop_uid text not null,
    shop_variation_uid text not null,
    loaded bigint not null,
    document text not null,
    primary key (merchant_id, shop_uid, shop_variation_uid)
);

create table orders (
    code text not null primary key,
    merchant_id text not null,
    state text not null,
    version bigint not null,
    created_at bigint not null,
    expires_at bigint not null,
    document text not null
);

create index orders_by_time on orders (created_at, code);

create index orders_open on orders (expires_at) where state = 'open';

create table voucher (
    token text not null primary key,
    order_code text not null unique,
    created_at bigint not null,
    pdf blob not null
);
