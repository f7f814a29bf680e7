-- Alarms that have rung and are to be told of in one message, and when each kind was last told of.
create table alarm_waiting (
    subject text not null primary key,
    kind text not null,
    found_at bigint not null,
    alarm text not null
);

create table alarm_told (
    kind text not null primary key,
    at bigint not null,
    in_a_row bigint not null
);
