-- What somebody was called for, and when; and up to where the history was looked through for it.
create table alarm (
    subject text not null primary key,
    rung_at bigint not null
);

create table alarm_position (
    id bigint not null primary key,
    at bigint not null
);
