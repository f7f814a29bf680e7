alter table stream add column claimed_at bigint;

alter table attempt add column kind text not null default '';
alter table attempt add column lane text not null default '';
alter table attempt add column status bigint;
alter table attempt add column milliseconds bigint;
alter table attempt add column peer text;
alter table attempt add column error text;
alter table attempt add column excerpt text;

update attempt set
    kind = coalesce((select e.kind from entry e where e.key = attempt.key and e.seq = attempt.seq), ''),
    lane = coalesce((select s.lane from stream s where s.key = attempt.key), '');

drop index attempt_exhausted;

create index attempt_by_time on attempt (kind, started_at);

create index attempt_by_lane on attempt (kind, lane, started_at);

create index attempt_failed on attempt (kind, outcome, started_at) where outcome <> 'delivered';

create index attempt_failed_by_lane on attempt (kind, lane, outcome, started_at)
    where outcome <> 'delivered';
