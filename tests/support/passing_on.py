"""A database that passes everything on to another, for tests that come between."""

import asyncio
from dataclasses import dataclass

from smartcart.kit.database import Database, Only, Value, WriteSet, every
from smartcart.kit.database.interface import T


@dataclass
class PassingOn:
    """See `Database`."""

    database: Database

    async def read(self, row: type[T], sql: str, *params: Value) -> list[T]:
        return await self.database.read(row, sql, *params)

    async def commit(self, write_set: WriteSet) -> None:
        await self.database.commit(write_set)

    async def now(self) -> int:
        return await self.database.now()

    def wake_up(self, channel: str, only: Only = every) -> asyncio.Event:
        return self.database.wake_up(channel, only)

    async def close(self) -> None:
        await self.database.close()
