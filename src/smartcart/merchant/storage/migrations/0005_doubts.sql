-- Why a stock source must not be relied on, when that was last told, and which of its counts was
-- not taken over; and whether orders on hold must be decided again because of it.
alter table stock_source add column doubt text not null default '';

alter table stock_source add column why text not null default '';

alter table stock_source add column told_at bigint not null default 0;

alter table stock_source add column refused text not null default '';

alter table stock_source add column trusted text not null default '';

alter table stock_source add column unsettled bigint not null default 0;

create index stock_source_by_doubt on stock_source (doubt);
