-- Every change of an order, in an order in which none can appear before one that was read already:
-- by transaction, and within one by position. SQLite writes one transaction after the other, so
-- there the position alone will do.
create table order_change (
    position integer primary key,
    merchant_id text not null,
    tx bigint not null default 0,
    at bigint not null,
    code text not null,
    version bigint not null,
    event bigint,
    payload text
);

create index order_change_by_merchant on order_change (merchant_id, tx, position);

create index order_change_by_time on order_change (merchant_id, at);

create table order_change_epoch (epoch bigint not null);

insert into order_change_epoch (epoch) values (1);

-- Below `tx` everything is decided; at `beyond` or above it nothing has been written yet.
create view order_change_horizon as
    select epoch, cast(9223372036854775807 as bigint) as tx,
           cast(9223372036854775807 as bigint) as beyond
    from order_change_epoch;

-- postgres: alter table order_change drop constraint order_change_pkey;
-- postgres: alter table order_change alter column position type bigint;
-- postgres: alter table order_change alter column position add generated always as identity;
-- postgres: alter table order_change alter column tx set default cast(cast(pg_current_xact_id() as text) as bigint);
-- postgres: create or replace view order_change_horizon as select epoch, cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint) as tx, cast(cast(pg_snapshot_xmax(pg_current_snapshot()) as text) as bigint) as beyond from order_change_epoch;
