"""A small pool of connections that only read."""

import asyncio
from contextlib import suppress

import asyncpg

from smartcart.kit.database.errors import DatabaseUnavailable
from smartcart.kit.database.postgres.connection import FAILURES, explained, is_lost, unavailable
from smartcart.kit.database.rows import Row
from smartcart.kit.database.write_set import Value


class _Lost(DatabaseUnavailable):
    """A connection that was open broke; another may do."""


class Readers:
    """Queries in, rows out."""

    def __init__(self, pool: asyncpg.Pool, where: str) -> None:
        self._pool = pool
        self._where = where

    async def read(self, sql: str, params: tuple[Value, ...]) -> list[Row]:
        """Run a query, once more on another connection if the first one breaks."""
        try:
            return await self._read(sql, params)
        except _Lost:
            return await self._read(sql, params)

    async def close(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._pool.close(), timeout=5)
        self._pool.terminate()

    async def _read(self, sql: str, params: tuple[Value, ...]) -> list[Row]:
        try:
            connection = await self._pool.acquire()
        except FAILURES as error:
            raise explained(error, self._where) from error
        try:
            return [dict(record) for record in await connection.fetch(sql, *params)]
        except FAILURES as error:
            if is_lost(error, connection) and not isinstance(error, TimeoutError):
                raise _Lost(*unavailable(error, self._where).args) from error
            raise explained(error, self._where) from error
        finally:
            await self._pool.release(connection)
