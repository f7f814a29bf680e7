create table invoice (
    order_code text not null,
    piece bigint not null,
    token text not null,
    media_type text not null,
    size bigint not null,
    content blob not null,
    primary key (order_code, piece)
);

create unique index invoice_by_token on invoice (token, piece);

-- postgres: alter table invoice alter column content set storage external;
