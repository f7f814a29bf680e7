"""A connection that writes batches, and that is opened again when it is lost."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import asyncpg

from smartcart.kit.database.errors import CommitUnknown
from smartcart.kit.database.limits import Limits
from smartcart.kit.database.postgres.batch import Batch
from smartcart.kit.database.postgres.connection import (
    DEADLOCK,
    FAILURES,
    SERIALIZATION,
    connect_to_write,
    explained,
    is_lost,
    place,
    state,
    unavailable,
)
from smartcart.kit.database.submissions import Outcome
from smartcart.kit.database.write_set import WriteSet

_ATTEMPTS = 5
_TRANSIENT = {DEADLOCK, SERIALIZATION}


class WritingConnection:
    """Opened with the first batch. Other processes are told of commits in the name of `sender`."""

    def __init__(self, url: str, limits: Limits, sender: str) -> None:
        self._url = url
        self._where = place(url)
        self._limits = limits
        self._sender = sender
        self._connection: asyncpg.Connection | None = None

    async def write(self, write_sets: Sequence[WriteSet]) -> list[Outcome]:
        """The outcome of each; never raises, for every caller must get an answer."""
        for attempt in range(_ATTEMPTS):
            try:
                connection = await self._connected()
                return await Batch(connection, write_sets, self._where, self._sender).run()
            except CommitUnknown as unknown:
                await self.close()
                return [CommitUnknown(*unknown.args) for _ in write_sets]
            except Exception as error:
                failure = error
            lost = self._connection is None or is_lost(failure, self._connection)
            if not await self._may_try_again(failure, attempt, lost=lost):
                break
        describe = unavailable if lost else explained
        return [describe(failure, self._where) for _ in write_sets]

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            with suppress(Exception):
                await connection.close(timeout=5)
            connection.terminate()

    async def _may_try_again(self, failure: Exception, attempt: int, *, lost: bool) -> bool:
        """Leave the failed transaction, of which nothing is written; whether to run it again."""
        if self._connection is None:
            return False
        if lost:
            await self.close()
            return attempt == 0 and not isinstance(failure, TimeoutError)
        await self._roll_back(self._connection)
        if state(failure) not in _TRANSIENT:
            return False
        await asyncio.sleep(0.01 * attempt)
        return True

    async def _roll_back(self, connection: asyncpg.Connection) -> None:
        try:
            await connection.execute("rollback")
        except FAILURES:
            await self.close()

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            await self.close()
            self._connection = await connect_to_write(self._url, self._limits)
        return self._connection
