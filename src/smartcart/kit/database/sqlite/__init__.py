"""SQLite: one writer thread that commits in groups, and a few reader threads beside it."""

from smartcart.kit.database.sqlite.backup import back_up
from smartcart.kit.database.sqlite.database import open_sqlite, versions
from smartcart.kit.database.sqlite.restoring import restore

__all__ = ["back_up", "open_sqlite", "restore", "versions"]
