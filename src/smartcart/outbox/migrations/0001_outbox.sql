create table stream (
    key text not null primary key,
    queue text not null,
    lane text not null,
    head bigint not null,
    tail bigint not null,
    due bigint,
    lease text,
    tries bigint not null,
    first_try bigint
);

create index stream_due on stream (queue, lane, due, key) where due is not null;

create table entry (
    key text not null,
    seq bigint not null,
    kind text not null,
    payload text not null,
    created_at bigint not null,
    primary key (key, seq)
);

create table attempt (
    key text not null,
    seq bigint not null,
    n bigint not null,
    started_at bigint not null,
    settled_at bigint not null,
    outcome text not null,
    detail text not null,
    primary key (key, seq, n)
);

create index attempt_exhausted on attempt (started_at, key) where outcome = 'exhausted';
