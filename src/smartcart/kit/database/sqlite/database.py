"""An SQLite file as a Database."""

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from smartcart.kit.database.interface import T
from smartcart.kit.database.limits import Limits
from smartcart.kit.database.migrations import Migrations, load_all
from smartcart.kit.database.rows import as_structs
from smartcart.kit.database.sqlite.connection import connect, connect_for_reading, explained
from smartcart.kit.database.sqlite.quick import QuickReader
from smartcart.kit.database.sqlite.readers import Readers
from smartcart.kit.database.sqlite.schema import applied_versions, migrate
from smartcart.kit.database.sqlite.writer import Writer
from smartcart.kit.database.submissions import Observer, Submissions
from smartcart.kit.database.wake_ups import Only, WakeUps, every
from smartcart.kit.database.write_set import Value, WriteSet

READERS = 3


async def open_sqlite(
    path: Path,
    migrations: Sequence[Migrations],
    limits: Limits,
    observer: Observer | None = None,
) -> "Sqlite":
    """Open the file at `path`, made when missing, and bring its schema up to date."""
    writer, quick, *readers = await asyncio.to_thread(_connections, path, migrations, limits)
    return Sqlite(writer, quick, readers, path, limits, observer)


async def versions(path: Path) -> dict[str, int]:
    """The newest version of each component in the file at `path`; it is not made."""
    return await asyncio.to_thread(_versions, path)


def _connections(
    path: Path, migrations: Sequence[Migrations], limits: Limits
) -> list[sqlite3.Connection]:
    """One to write, one to read without waiting, the others to read."""
    with ExitStack() as undo:
        try:
            writer = connect(path, limits.lock_wait)
            undo.callback(writer.close)
            migrate(writer, load_all(migrations), str(path))
            waits = (0.0, *[limits.lock_wait] * READERS)
            readers = [connect_for_reading(path, wait) for wait in waits]
        except sqlite3.Error as error:
            raise explained(error, path) from error
        undo.pop_all()
    return [writer, *readers]


def _versions(path: Path) -> dict[str, int]:
    if not path.exists():
        return {}
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)
        ) as connection:
            return applied_versions(connection, str(path))
    except sqlite3.Error as error:
        raise explained(error, path) from error


class Sqlite:
    """See `Database`."""

    def __init__(
        self,
        writer: sqlite3.Connection,
        quick: sqlite3.Connection,
        readers: Sequence[sqlite3.Connection],
        path: Path,
        limits: Limits,
        observer: Observer | None = None,
    ) -> None:
        self._wake_ups = WakeUps()
        self._submissions = Submissions(limits.queued, self._wake_ups, str(path), observer)
        self._quick = QuickReader(quick, path)
        self._readers = Readers(readers, path, limits.read_time)
        self._writer = Writer(writer, path, self._submissions.settle)

    async def read(self, row: type[T], sql: str, *params: Value) -> list[T]:
        self._submissions.require_open()
        rows = self._quick.read(sql, params)
        if rows is None:
            rows = await self._readers.read(sql, params)
        return as_structs(rows, row)

    async def commit(self, write_set: WriteSet) -> None:
        job = self._submissions.job(write_set)
        self._writer.put(job)
        await job[1]

    async def now(self) -> int:
        return time.time_ns() // 1000

    def wake_up(self, channel: str, only: Only = every) -> asyncio.Event:
        return self._wake_ups.event(channel, only)

    async def close(self) -> None:
        if self._submissions.close():
            await self._writer.close()
            await self._readers.close()
            self._quick.close()
