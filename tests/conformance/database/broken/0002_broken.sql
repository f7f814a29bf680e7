create table also_fine (key text not null primary key);
create table broken (key text not null primary key, nonsense);
insert into nowhere (key) values ('x');
