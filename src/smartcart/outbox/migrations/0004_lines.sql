create table failing_lane (
    queue text not null,
    lane text not null,
    since bigint not null,
    primary key (queue, lane)
);

create index stream_by_line on stream (queue, (case when tries = 0 then 0 else 1 end), lane, due, key)
    where due is not null;

drop index stream_due;
