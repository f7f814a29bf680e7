create table journal (
    id text not null primary key,
    key text not null,
    at bigint not null,
    what text not null,
    facts text not null
);

create index journal_key on journal (key, at);

create index journal_at on journal (at, id);
