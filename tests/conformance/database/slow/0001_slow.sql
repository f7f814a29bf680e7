-- postgres: select pg_sleep(0.8);
create table slow (key text not null primary key);
