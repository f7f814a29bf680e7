"""SQLite: one writer thread that commits in groups, and a few reader threads beside it."""

from smartcart.kit.database.sqlite.backup import back_up
from smartcart.kit.database.sqlite.database import components, open_sqlite
from smartcart.kit.database.sqlite.restoring import restore

__all__ = ["back_up", "components", "open_sqlite", "restore"]
