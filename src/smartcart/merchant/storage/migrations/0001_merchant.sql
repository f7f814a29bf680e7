create table inbox (
    key text not null,
    seq bigint not null,
    code text not null,
    event_type text not null,
    event_time bigint,
    digest text not null,
    received_at bigint not null,
    verdict text not null,
    primary key (key, seq)
);

create index inbox_by_time on inbox (received_at, key, seq);

create table document (
    key text not null,
    seq bigint not null,
    body blob not null,
    primary key (key, seq)
);

create table shop_order (
    code text not null primary key,
    version bigint not null,
    status text not null,
    expires_at bigint,
    created_at bigint not null,
    updated_at bigint not null,
    document text not null
);

create index shop_order_by_time on shop_order (created_at, code);

create index shop_order_by_status on shop_order (status, created_at, code);

create table stock (
    shop_uid text not null,
    shop_variation_uid text not null,
    known bigint not null,
    quantity bigint,
    reserved bigint not null,
    as_of bigint not null,
    primary key (shop_uid, shop_variation_uid)
);

create table stock_source (
    name text not null primary key,
    fingerprint text not null,
    as_of bigint not null,
    products bigint not null
);

create table reservation (
    code text not null,
    shop_uid text not null,
    shop_variation_uid text not null,
    quantity bigint not null,
    ended text,
    changed_at bigint not null,
    primary key (code, shop_uid, shop_variation_uid)
);

create table print (
    code text not null,
    number bigint not null,
    url text not null,
    file text not null,
    printed_at bigint not null,
    primary key (code, number)
);
