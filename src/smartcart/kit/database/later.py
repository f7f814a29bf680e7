"""A database that could not be opened yet, and is opened as soon as it can be."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from smartcart.kit.database.errors import DatabaseError, DatabaseUnavailable
from smartcart.kit.database.interface import Database, T
from smartcart.kit.database.wake_ups import Only, every
from smartcart.kit.database.write_set import Value, WriteSet
from smartcart.kit.loop import wait

log = logging.getLogger(__name__)

_AGAIN_SECONDS = 2.0


class Later:
    """See `Database`; until it is open, everything asked of it is DatabaseUnavailable.

    `run` opens it by `opening`, again and again until that succeeds; `why` is what kept it before.
    """

    def __init__(self, opening: Callable[[], Awaitable[Database]], why: DatabaseError) -> None:
        self._opening = opening
        self._why = why
        self._opened: Database | None = None
        self._waiting: list[tuple[asyncio.Event, str, Only]] = []

    async def run(self, stop: asyncio.Event) -> None:
        """Open it, and pass on what wakes; returns when told to stop."""
        while self._opened is None and not stop.is_set():
            try:
                self._opened = await self._opening()
            except DatabaseError as error:
                self._why = error
                await wait(stop, _AGAIN_SECONDS)
            else:
                log.info("the database could be opened")
        if self._opened is None:
            return
        passing = [asyncio.create_task(self._pass_on(*one)) for one in self._waiting]
        await stop.wait()
        for task in passing:
            task.cancel()

    async def read(self, row: type[T], sql: str, *params: Value) -> list[T]:
        return await self._database().read(row, sql, *params)

    async def commit(self, write_set: WriteSet) -> None:
        await self._database().commit(write_set)

    async def now(self) -> int:
        return await self._database().now()

    def wake_up(self, channel: str, only: Only = every) -> asyncio.Event:
        if self._opened is not None:
            return self._opened.wake_up(channel, only)
        event = asyncio.Event()
        self._waiting.append((event, channel, only))
        return event

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()

    def _database(self) -> Database:
        if self._opened is None:
            raise DatabaseUnavailable(str(self._why))
        return self._opened

    async def _pass_on(self, event: asyncio.Event, channel: str, only: Only) -> None:
        woken = self._database().wake_up(channel, only)
        while True:
            await woken.wait()
            woken.clear()
            event.set()
