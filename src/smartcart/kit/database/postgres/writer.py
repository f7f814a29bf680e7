"""The one task that writes, on a connection of its own that it opens again when it is lost."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
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
from smartcart.kit.database.postgres.schedule import take
from smartcart.kit.database.submissions import Job, Outcome
from smartcart.kit.database.write_set import WriteSet

BATCH = 256
_ATTEMPTS = 5
_TRANSIENT = {DEADLOCK, SERIALIZATION}

Settle = Callable[[Sequence[Job], Sequence[Outcome]], None]


class Writer:
    """Write sets in, outcomes out, in batches; `settle` is called once a batch.

    Other processes are told of commits in the name of `sender`.
    """

    def __init__(self, url: str, limits: Limits, settle: Settle, sender: str) -> None:
        self._url = url
        self._where = place(url)
        self._limits = limits
        self._settle = settle
        self._sender = sender
        self._connection: asyncpg.Connection | None = None
        self._jobs: deque[Job] = deque()
        self._work = asyncio.Event()
        self._closing = False
        self._task = asyncio.create_task(self._run())

    def put(self, job: Job) -> None:
        self._jobs.append(job)
        self._work.set()

    async def close(self) -> None:
        """Write what is queued, then close the connection."""
        self._closing = True
        self._work.set()
        await asyncio.shield(self._task)

    async def _run(self) -> None:
        while self._jobs or not self._closing:
            if not self._jobs:
                self._work.clear()
                await self._work.wait()
                continue
            batch = take(self._jobs, _write_set, BATCH)
            self._settle(batch, await self._write([write_set for write_set, _ in batch]))
        await self._disconnect()

    async def _write(self, write_sets: Sequence[WriteSet]) -> list[Outcome]:
        """The outcome of each; never raises, for every caller must get an answer."""
        for attempt in range(_ATTEMPTS):
            try:
                connection = await self._connected()
                return await Batch(connection, write_sets, self._where, self._sender).run()
            except CommitUnknown as unknown:
                await self._disconnect()
                return [CommitUnknown(*unknown.args) for _ in write_sets]
            except Exception as error:
                failure = error
            lost = self._connection is None or is_lost(failure, self._connection)
            if not await self._may_try_again(failure, attempt, lost=lost):
                break
        describe = unavailable if lost else explained
        return [describe(failure, self._where) for _ in write_sets]

    async def _may_try_again(self, failure: Exception, attempt: int, *, lost: bool) -> bool:
        """Leave the failed transaction, of which nothing is written; whether to run it again."""
        if self._connection is None:
            return False
        if lost:
            await self._disconnect()
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
            await self._disconnect()

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            await self._disconnect()
            self._connection = await connect_to_write(self._url, self._limits)
        return self._connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            with suppress(Exception):
                await connection.close(timeout=5)
            connection.terminate()


def _write_set(job: Job) -> WriteSet:
    return job[0]
