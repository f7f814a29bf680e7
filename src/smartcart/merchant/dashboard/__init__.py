"""What a shop sees: its orders, their history, every exchange, its prints and its stock."""
