create table other (key text not null primary key);
