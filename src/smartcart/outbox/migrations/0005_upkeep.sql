-- Every delivery writes its row of `stream` anew twice, and no look may wade through what that
-- leaves behind. (Room in the pages would not help: each of these updates changes an indexed
-- column.)
-- postgres: alter table stream set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

-- lz4 makes payloads as small as the default does, in less of the writer's time; a server older
-- than 14, or built without it, keeps the default.
-- postgres: do $$ begin execute 'alter table entry alter column payload set compression lz4'; exception when feature_not_supported or syntax_error then null; end $$;
