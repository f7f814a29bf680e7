alter table counter add column note text not null default '';

create index counter_by_value on counter (value);
