create table fine (key text not null primary key);
