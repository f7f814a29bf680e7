"""PostgreSQL through asyncpg: one connection that writes in batches, a small pool that reads."""

from smartcart.kit.database.postgres.database import components, open_postgres

__all__ = ["components", "open_postgres"]
