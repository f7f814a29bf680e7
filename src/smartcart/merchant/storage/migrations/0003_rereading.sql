-- Orders of a status that nothing was told of for longest.
create index shop_order_by_update on shop_order (status, updated_at);
