create table counter (
    key text not null primary key,
    value bigint not null
);
