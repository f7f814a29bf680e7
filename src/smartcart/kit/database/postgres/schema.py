"""Migrations on PostgreSQL, all in one transaction that keeps other processes out."""

import logging
import time
from collections.abc import Sequence

import asyncpg

from smartcart.kit.database.migrations import RECORD, TABLE, VERSIONS, Migration, outstanding

log = logging.getLogger(__name__)

_TRY = "select pg_try_advisory_lock(hashtext('smartcart migrations'))"
_LOCK = "select pg_advisory_lock(hashtext('smartcart migrations'))"
_UNLOCK = "select pg_advisory_unlock(hashtext('smartcart migrations'))"


async def migrate(
    connection: asyncpg.Connection, migrations: Sequence[Migration], where: str
) -> None:
    """Apply what is outstanding, all or nothing."""
    if not outstanding(migrations, await applied_versions(connection), where):
        return
    # The lock is taken before the transaction: one that began earlier would go on believing that
    # the tables are not there which another process made while this one waited.
    await _lock(connection, where)
    try:
        async with connection.transaction():
            for migration in outstanding(migrations, await applied_versions(connection), where):
                await _apply(connection, migration)
    finally:
        await connection.execute(_UNLOCK)


async def _lock(connection: asyncpg.Connection, where: str) -> None:
    """Wait for another process's migration, however long it takes: it is this one's as well."""
    if not await connection.fetchval(_TRY):
        log.warning("waiting for another process that brings %s up to date", where)
        await connection.execute(f"set lock_timeout = 0; {_LOCK}; reset lock_timeout")


async def applied_versions(connection: asyncpg.Connection) -> dict[str, int]:
    """The newest version of each component in the database."""
    if await connection.fetchval("select to_regclass('migration')") is None:
        return {}
    return {row["component"]: row["version"] for row in await connection.fetch(VERSIONS)}


async def _apply(connection: asyncpg.Connection, migration: Migration) -> None:
    await connection.execute(TABLE)
    await connection.execute(migration.for_postgres())
    await connection.execute(
        RECORD,
        migration.component,
        migration.version,
        migration.name,
        time.time_ns() // 1000,
    )
