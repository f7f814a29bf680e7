"""Runs that kill programs at any moment and count what became of every order."""
