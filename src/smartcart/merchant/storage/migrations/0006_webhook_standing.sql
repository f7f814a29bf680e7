-- When it was last told that the shop's webhook fails at a marketplace, 0 while it does not; and how long
-- a marketplace that does not say how it fares is left alone.
create table webhook_standing (
    api_url text not null primary key,
    told_at bigint not null,
    quiet_until bigint not null
);
