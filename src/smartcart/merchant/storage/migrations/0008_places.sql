-- Several sources, each of a place of the shop: which told a product, and its price in cents and
-- the grams of a piece where it did. What is at no named place stays where it was, for processes of
-- the release before; what is at a named one has tables of its own.
alter table stock add column place text not null default '';

alter table stock add column source text not null default '';

alter table stock add column price bigint;

alter table stock add column grams bigint;

alter table reservation add column place text not null default '';

-- When it was made; 0 for those that were before this was kept.
alter table reservation add column opened_at bigint not null default 0;

alter table stock_source add column place text not null default '';

alter table stock_source add column number bigint not null default 0;

create table stock_at (
    shop_uid text not null,
    shop_variation_uid text not null,
    place text not null,
    known bigint not null,
    quantity bigint,
    reserved bigint not null,
    as_of bigint not null,
    source text not null,
    price bigint,
    grams bigint,
    primary key (shop_uid, shop_variation_uid, place)
);

create table reservation_at (
    code text not null,
    shop_uid text not null,
    shop_variation_uid text not null,
    place text not null,
    quantity bigint not null,
    ended text,
    changed_at bigint not null,
    opened_at bigint not null,
    primary key (code, shop_uid, shop_variation_uid, place)
);

create index stock_at_by_place on stock_at (place, shop_uid, shop_variation_uid);

-- What is reserved, and what was handed over after a count was made.
create index reservation_by_end on reservation (ended, changed_at);

create index reservation_at_by_end on reservation_at (place, ended, changed_at);
