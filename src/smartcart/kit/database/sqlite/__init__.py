"""SQLite: one writer thread that commits in groups, and a few reader threads beside it."""

from smartcart.kit.database.sqlite.database import components, open_sqlite

__all__ = ["components", "open_sqlite"]
