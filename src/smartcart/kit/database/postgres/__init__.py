"""PostgreSQL through asyncpg: one connection that writes in batches, a few that read."""

from smartcart.kit.database.postgres.database import open_postgres, versions

__all__ = ["open_postgres", "versions"]
