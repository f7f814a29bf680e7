"""What an operator sees and does: orders, their history and deliveries, carts by hand."""
