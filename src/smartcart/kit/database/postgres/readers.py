"""A few connections that only read, opened as they are needed and kept."""

import asyncio
from contextlib import suppress

import asyncpg

from smartcart.kit.database.errors import DatabaseUnavailable
from smartcart.kit.database.limits import Limits
from smartcart.kit.database.postgres.connection import (
    FAILURES,
    connect_to_read,
    explained,
    is_lost,
    place,
    unavailable,
)
from smartcart.kit.database.rows import Row
from smartcart.kit.database.write_set import Value

_GRACE_SECONDS = 5


class _Lost(DatabaseUnavailable):
    """A connection that was open broke; another may do."""


class Readers:
    """Queries in, rows out.

    asyncpg's own pool guards against a connection that is misused or left in disorder; for queries
    that cannot write, in no transaction, that cost more than twice the time of a look-up by key.
    """

    def __init__(self, url: str, limits: Limits) -> None:
        self._url = url
        self._limits = limits
        self._where = place(url)
        self._free = asyncio.Semaphore(limits.readers)
        self._idle: list[asyncpg.Connection] = []

    async def read(self, sql: str, params: tuple[Value, ...]) -> list[Row]:
        """Run a query, once more on another connection if the first one breaks."""
        try:
            return await self._read(sql, params)
        except _Lost:
            return await self._read(sql, params)

    async def close(self) -> None:
        """Wait a little for reads that go on."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_SECONDS):
                for _ in range(self._limits.readers):
                    await self._free.acquire()
        for connection in self._idle:
            connection.terminate()

    async def _read(self, sql: str, params: tuple[Value, ...]) -> list[Row]:
        async with self._free:
            connection = await self._connected()
            try:
                rows = await connection.fetch(sql, *params)
            except FAILURES as error:
                self._put_back(connection, error)
                if connection.is_closed() and not isinstance(error, TimeoutError):
                    raise _Lost(*unavailable(error, self._where).args) from error
                raise explained(error, self._where) from error
            except asyncio.CancelledError:
                connection.terminate()  # its query goes on
                raise
            self._idle.append(connection)
            return [dict(row) for row in rows]

    async def _connected(self) -> asyncpg.Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        try:
            return await connect_to_read(self._url, self._limits)
        except FAILURES as error:
            raise explained(error, self._where) from error

    def _put_back(self, connection: asyncpg.Connection, error: Exception) -> None:
        if isinstance(error, TimeoutError):
            connection.terminate()
        elif is_lost(error, connection):
            # What ended this one, as a restart of the server, has likely ended the others.
            for lost in (connection, *self._idle):
                lost.terminate()
            self._idle.clear()
        else:
            self._idle.append(connection)
