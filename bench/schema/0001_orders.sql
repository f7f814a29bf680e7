create table bench_order (
    code text not null primary key,
    version bigint not null
);

create table bench_entry (
    code text not null,
    seq bigint not null,
    payload text not null,
    primary key (code, seq)
);
-- postgres: alter table bench_entry alter column payload set storage external;
