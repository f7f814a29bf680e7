"""Plumbing both programs stand on; it knows no word of the trade."""
