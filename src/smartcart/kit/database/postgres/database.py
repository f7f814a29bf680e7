"""A PostgreSQL database as a Database."""

import asyncio
from collections.abc import Sequence

import asyncpg
import msgspec

from smartcart.kit.database.interface import T
from smartcart.kit.database.limits import DEFAULT_LIMITS, Limits
from smartcart.kit.database.migrations import Migration, Migrations, load_all
from smartcart.kit.database.postgres.clock import ServerClock
from smartcart.kit.database.postgres.connection import (
    FAILURES,
    connect_to_migrate,
    connect_to_write,
    explained,
    place,
)
from smartcart.kit.database.postgres.notices import Notices
from smartcart.kit.database.postgres.readers import Readers
from smartcart.kit.database.postgres.schema import applied_versions, migrate
from smartcart.kit.database.postgres.writer import Writer
from smartcart.kit.database.rows import as_structs
from smartcart.kit.database.submissions import Observer, Submissions
from smartcart.kit.database.wake_ups import Only, WakeUps, every
from smartcart.kit.database.write_set import Value, WriteSet

_CLOCK = "select cast(extract(epoch from clock_timestamp()) * 1000000 as bigint) as now"


class _Time(msgspec.Struct, frozen=True):
    now: int


async def open_postgres(
    url: str, migrations: Sequence[Migrations], limits: Limits, observer: Observer | None = None
) -> "Postgres":
    """Bring the schema of the database at `url` up to date, and open it."""
    wanted = load_all(migrations)
    try:
        await _migrate(url, wanted, limits)
        return Postgres(url, limits, observer)
    except FAILURES as error:
        raise explained(error, place(url)) from error


async def versions(url: str) -> dict[str, int]:
    """The newest version of each component in the database at `url`; it is not made."""
    try:
        connection = await connect_to_write(url, DEFAULT_LIMITS)
    except asyncpg.InvalidCatalogNameError:
        return {}
    except FAILURES as error:
        raise explained(error, place(url)) from error
    try:
        return await applied_versions(connection)
    finally:
        await connection.close()


async def _migrate(url: str, migrations: Sequence[Migration], limits: Limits) -> None:
    connection = await connect_to_migrate(url, limits)
    try:
        await migrate(connection, migrations, place(url))
    finally:
        await connection.close()


class Postgres:
    """See `Database`."""

    def __init__(self, url: str, limits: Limits, observer: Observer | None = None) -> None:
        self._readers = Readers(url, limits)
        self._wake_ups = WakeUps()
        self._submissions = Submissions(limits.queued, self._wake_ups, place(url), observer)
        self._notices = Notices(url, limits, self._wake_ups)
        self._writer = Writer(url, limits, self._submissions.settle, self._notices.sender)
        self._clock = ServerClock(self._server_time)

    async def read(self, row: type[T], sql: str, *params: Value) -> list[T]:
        self._submissions.require_open()
        return as_structs(await self._readers.read(sql, params), row)

    async def commit(self, write_set: WriteSet) -> None:
        job = self._submissions.job(write_set)
        self._writer.put(job)
        await job[1]

    async def now(self) -> int:
        return await self._clock.now()

    def wake_up(self, channel: str, only: Only = every) -> asyncio.Event:
        self._notices.listen()
        return self._wake_ups.event(channel, only)

    async def close(self) -> None:
        if self._submissions.close():
            await self._notices.close()
            await self._writer.close()
            await self._readers.close()

    async def _server_time(self) -> int:
        [time] = await self.read(_Time, _CLOCK)
        return time.now
