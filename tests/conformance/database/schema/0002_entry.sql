-- Two statements; one with a semicolon; in its text.
create table entry (
    key text not null,
    seq bigint not null,
    note text not null default 'a;b',
    data blob,
    primary key (key, seq)
);

create index entry_note on entry (note) where note <> '';
-- postgres: alter table entry alter column data set storage external;
