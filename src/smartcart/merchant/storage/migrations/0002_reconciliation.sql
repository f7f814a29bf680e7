-- How far the journal of each marketplace was read, and how long one that has none is left alone.
create table reconciliation (
    api_url text not null primary key,
    next text not null,
    listing text not null,
    reached_at bigint not null,
    quiet_until bigint not null
);
