create table worker (
    queue text not null,
    id text not null,
    seen_at bigint not null,
    primary key (queue, id)
);
