"""Whether a program may take requests: asked of a database that works, hangs, or is gone."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import msgspec

from smartcart.kit.database import Database, WriteSet
from smartcart.watch.readiness import AnyReady, Readiness
from tests.conformance.database.tables import opened
from tests.support.proxy import proxied
from tests.support.small_disk import small_disk

READ, WRITE = "database, to read", "database, to write"
_ROWS = "select component, version from migration order by component, version"
SILENT = "gives no answer within 1 s"


class _Row(msgspec.Struct, frozen=True):
    component: str
    version: int


def asking(database: Database, within: float = 1) -> Readiness:
    return Readiness(database, within=within, remembered=0.05)


async def until_ready(readiness: Readiness) -> None:
    async with asyncio.timeout(30):
        while await readiness.problems():
            await asyncio.sleep(0.05)


@asynccontextmanager
async def locked(path: Path) -> AsyncIterator[None]:
    """Another program writes to the file and does not finish."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        yield
        other.execute("rollback")


async def test_a_database_that_works_is_ready(database_url: str) -> None:
    async with opened(database_url) as database:
        assert await asking(database, within=10).problems() == {}


async def test_a_writer_that_is_stuck_is_told_in_bounded_time(tmp_path: Path) -> None:
    path = tmp_path / "stuck.db"
    async with opened(str(path)) as database:
        readiness = asking(database)
        async with locked(path):
            begun = time.monotonic()
            assert await readiness.problems() == {WRITE: SILENT}
            assert time.monotonic() - begun < 4
        await until_ready(readiness)


async def test_a_full_disk_is_told_and_room_that_was_made_is_found(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "4m") as disk:
        async with opened(str(disk.folder / "full.db")) as database:
            readiness = asking(database)
            assert await readiness.problems() == {}
            disk.fill()
            await asyncio.sleep(0.1)
            assert await readiness.problems() == {WRITE: "has no room"}
            disk.make_room()
            await asyncio.sleep(0.1)
            assert await readiness.problems() == {}


async def test_asking_leaves_nothing_behind(database_url: str) -> None:
    async with opened(database_url) as database:
        before = await database.read(_Row, _ROWS)
        assert await asking(database).problems() == {}
        assert await database.read(_Row, _ROWS) == before


class Counting:
    """A database that counts what it is asked to write."""

    def __init__(self, database: Database) -> None:
        self.read, self.now = database.read, database.now
        self.wake_up, self.close = database.wake_up, database.close
        self._commit = database.commit
        self.asked = 0

    async def commit(self, write_set: WriteSet) -> None:
        self.asked += 1
        await self._commit(write_set)


async def test_a_database_that_hangs_is_not_asked_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "stuck.db"
    async with opened(str(path)) as database:
        counting = Counting(database)
        readiness = asking(counting)
        async with locked(path):
            answers = await asyncio.gather(*(readiness.problems() for _ in range(50)))
            answers.append(await readiness.problems())
        assert answers == [{WRITE: SILENT}] * 51
        assert counting.asked == 1
        await asyncio.sleep(0.3)


async def test_a_server_that_is_gone_is_told_and_found_again(postgres_url: str) -> None:
    async with proxied(postgres_url) as (proxy, url), opened(url) as database:
        readiness = asking(database, within=10)
        assert await readiness.problems() == {}
        await proxy.stop()
        await asyncio.sleep(0.1)
        gone = await readiness.problems()
        await proxy.start()
        assert gone == {READ: "cannot be reached", WRITE: "cannot be reached"}
        await until_ready(readiness)


async def test_a_program_that_closed_its_database_is_not_ready(database_url: str) -> None:
    async with opened(database_url) as database:
        await database.close()
        problems = await asking(database).problems()
    assert problems == {READ: "cannot be reached", WRITE: "cannot be reached"}


async def test_of_several_shops_one_that_is_ready_is_enough(
    database_url: str, tmp_path: Path
) -> None:
    stuck = tmp_path / "stuck.db"
    async with opened(str(stuck)) as one, opened(database_url) as other, locked(stuck):
        waiting = asking(one)
        assert await AnyReady({"athens": waiting, "patras": asking(other)}).problems() == {}
        assert await AnyReady({"athens": waiting, "patras": waiting}).problems() == {
            f"athens: {WRITE}": SILENT,
            f"patras: {WRITE}": SILENT,
        }
