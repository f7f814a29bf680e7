create table resend (
    key text not null,
    seq bigint not null,
    again bigint not null,
    at bigint not null,
    primary key (key, seq)
);
