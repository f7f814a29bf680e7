"""PostgreSQL through asyncpg: one connection that writes in batches, a few that read."""

from smartcart.kit.database.postgres.database import components, open_postgres

__all__ = ["components", "open_postgres"]
