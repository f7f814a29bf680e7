-- The keys a merchant's webhook requests are signed with, sealed; at most two at a time.
create table signing_key (
    merchant_id text not null,
    number bigint not null,
    created_at bigint not null,
    sealed text not null,
    primary key (merchant_id, number)
);
