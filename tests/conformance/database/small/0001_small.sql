-- Of this connection alone: the file may have 150 pages, as if its disk were full then.
create table small (key text not null primary key);
pragma max_page_count = 150;
