-- What was given up is read page by page in this very order. An index that has all of it leaves
-- nothing to be sorted: without, a server that guesses there are few sorts all of them for each page.
create index attempt_failed_in_order on attempt (kind, outcome, started_at, key, seq)
    where outcome <> 'delivered';

create index attempt_failed_in_order_by_lane on attempt (kind, lane, outcome, started_at, key, seq)
    where outcome <> 'delivered';

drop index attempt_failed;

drop index attempt_failed_by_lane;
