"""SQLite: one writer thread that commits in groups, and a few reader threads beside it."""

from smartcart.kit.database.sqlite.backup import back_up
from smartcart.kit.database.sqlite.database import components, open_sqlite

__all__ = ["back_up", "components", "open_sqlite"]
