"""Courier vouchers: the couriers behind one protocol, and the label they print."""
