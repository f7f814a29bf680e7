"""The marketplace: takes carts, sends orders to merchants, makes courier vouchers."""
