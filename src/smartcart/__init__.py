"""Smart Cart orders between a marketplace and its merchants, both halves."""
