"""Tables for the benchmark of write sets."""
