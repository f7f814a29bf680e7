"""The tasks that write, each on a connection of its own."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence, Set

from smartcart.kit.database.limits import Limits
from smartcart.kit.database.postgres.schedule import Admission, Row, take
from smartcart.kit.database.postgres.writing import WritingConnection
from smartcart.kit.database.submissions import Job, Outcome
from smartcart.kit.database.write_set import WriteSet

BATCH = 64
_CONNECTIONS = 2

Settle = Callable[[Sequence[Job], Sequence[Outcome]], None]


class Writer:
    """Write sets in, outcomes out, in batches; `settle` is called once a batch.

    What comes while a batch is being written does not wait for it: the next connection writes it,
    unless it is about a row of that batch, where it must come after.
    """

    def __init__(self, url: str, limits: Limits, settle: Settle, sender: str) -> None:
        self._settle = settle
        self._jobs: deque[Job] = deque()
        self._busy: set[Row] = set()
        self._closing = False
        self._idle: dict[int, asyncio.Event] = {}
        self._tasks = [
            asyncio.create_task(self._run(number, WritingConnection(url, limits, sender)))
            for number in range(_CONNECTIONS)
        ]

    def put(self, job: Job) -> None:
        self._jobs.append(job)
        self._wake()

    async def close(self) -> None:
        """Write what is queued, then close the connections."""
        self._closing = True
        self._wake_all()
        await asyncio.shield(asyncio.gather(*self._tasks))

    def _wake(self) -> None:
        """Always the same one while that is enough: the others need not be opened."""
        if self._idle:
            self._idle[min(self._idle)].set()

    def _wake_all(self) -> None:
        for event in self._idle.values():
            event.set()

    async def _run(self, number: int, connection: WritingConnection) -> None:
        while self._jobs or not self._closing:
            admission = Admission(self._busy)
            if batch := take(self._jobs, _write_set, BATCH, admission):
                if self._jobs:
                    self._wake()
                await self._write(connection, batch, admission.rows)
            else:
                self._idle[number] = asyncio.Event()
                await self._idle[number].wait()
                del self._idle[number]
        self._wake_all()  # whoever had to wait for what this one wrote last
        await connection.close()

    async def _write(
        self, connection: WritingConnection, batch: Sequence[Job], rows: Set[Row]
    ) -> None:
        self._busy |= rows
        outcomes = await connection.write([write_set for write_set, _ in batch])
        self._busy -= rows
        self._settle(batch, outcomes)


def _write_set(job: Job) -> WriteSet:
    return job[0]
