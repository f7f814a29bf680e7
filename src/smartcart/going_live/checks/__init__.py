"""Checks: one thing a file, each a function that looks, changes nothing and never raises."""
