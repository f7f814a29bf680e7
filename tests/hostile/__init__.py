"""A marketplace that does everything wrong a marketplace can do, and the merchant that bears it."""
