"""A full disk, a lock held by another: a clear error, nothing half written, usable again."""

import asyncio
import resource
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import asyncpg
import msgspec
import pytest

from smartcart.kit.database import (
    Database,
    DatabaseFull,
    DatabaseLocked,
    Effect,
    Migrations,
    Statement,
    WriteSet,
    open_database,
)
from smartcart.kit.database.limits import Limits
from tests.conformance.database.tables import (
    SCHEMA,
    add,
    counters,
    create,
    enter,
    entries,
    in_one_group,
    opened,
    outcomes,
    put,
    take,
    written,
)

IMPATIENT = Limits(lock_wait=0.3)
_SETTING = "select current_setting($1) as value from pg_sleep(0.2)"
_NOTE_SETTING = Statement(
    "insert into entry (key, seq, note) select $1, 1, current_setting($1)", rank=2
)
SMALL = Migrations(component="small", package="tests.conformance.database.small")


class _Setting(msgspec.Struct, frozen=True):
    value: str


def bulky(key: str) -> Effect:
    return enter(key, data=bytes(100_000))


async def test_sqlite_a_full_database_refuses_the_group_and_is_usable_again(
    tmp_path: Path,
) -> None:
    database = await open_database(str(tmp_path / "small.db"), [SCHEMA, SMALL])
    await database.commit(written(add("kept", 1), bulky("kept")))

    ended = await in_one_group(
        database,
        [
            written(add("lost", 1), enter("lost")),
            written(add("lost", 1), *(bulky(f"bulky {n}") for n in range(10))),
            WriteSet(guards=(take("kept"),), effects=(enter("also lost"),)),
        ],
    )

    assert [type(one) for one in ended] == [DatabaseFull] * 3
    assert "small.db" in str(ended[0])
    assert "make room" in str(ended[0])
    assert await counters(database) == {"kept": 1}
    assert await entries(database) == [("kept", 1, "")]
    await database.commit(written(add("later", 1)))
    assert await counters(database) == {"kept": 1, "later": 1}
    await database.close()


async def test_sqlite_a_write_the_disk_refuses_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    async with opened(str(path)) as database:
        await database.commit(written(add("kept", 1)))
        with no_file_beyond((tmp_path / "test.db-wal").stat().st_size + 20_000):
            ended = await outcomes(database, [written(add("lost", 1), bulky("lost"))] * 3)

        assert [type(one) for one in ended] == [DatabaseFull] * 3
        assert await counters(database) == {"kept": 1}
        await database.commit(written(add("later", 1), bulky("later")))

    async with opened(str(path)) as database:
        assert await counters(database) == {"kept": 1, "later": 1}
        assert await entries(database) == [("later", 1, "")]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)


async def test_postgres_a_full_disk_refuses_the_group_and_is_usable_again(
    postgres_url: str,
) -> None:
    async with opened(postgres_url) as database:
        await database.commit(written(add("kept", 1)))
        async with full_disk(postgres_url):
            ended = await in_one_group(
                database,
                [
                    WriteSet(guards=(take("kept"),), effects=(add("lost", 1),)),
                    written(add("lost", 1), enter("lost", note="bulky")),
                ],
            )

        assert [type(one) for one in ended] == [DatabaseFull] * 2
        assert await counters(database) == {"kept": 1}
        assert await entries(database) == []
        await database.commit(written(enter("later", note="bulky")))
        assert await entries(database) == [("later", 1, "bulky")]


async def test_sqlite_a_file_locked_by_another_program_is_named(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    async with opened(str(path), IMPATIENT) as database:
        await database.commit(written(add("kept", 1)))
        with locked(path):
            ended = await outcomes(database, [written(add("lost", 1)), written(enter("lost"))])
            assert await counters(database) == {"kept": 1}

        assert [type(one) for one in ended] == [DatabaseLocked] * 2
        assert str(path) in str(ended[0])
        assert "close the one" in str(ended[0])
        await database.commit(written(add("later", 1)))
        assert await counters(database) == {"kept": 1, "later": 1}


async def test_sqlite_a_new_file_locked_by_another_program_is_named(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    with locked(path), pytest.raises(DatabaseLocked, match=str(path)):
        await open_database(str(path), [SCHEMA], IMPATIENT)

    async with opened(str(path)) as database:
        assert await counters(database) == {}


async def test_sqlite_opening_waits_for_one_who_is_just_making_the_file(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    with locked(path, "immediate"):
        opening = asyncio.create_task(open_database(str(path), [SCHEMA]))
        await asyncio.sleep(0.2)
        assert not opening.done()

    await (await opening).close()


async def test_sqlite_a_commit_waits_for_a_short_lock(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    async with opened(str(path)) as database:
        with locked(path):
            writing = asyncio.create_task(database.commit(written(add("patient", 1))))
            await asyncio.sleep(0.2)
            assert not writing.done()
        await writing

        assert await counters(database) == {"patient": 1}


async def test_postgres_a_row_locked_by_another_session_fails_its_own_set_alone(
    postgres_url: str,
) -> None:
    async with opened(postgres_url, Limits(lock_wait=1)) as database:
        await database.commit(written(add("locked", 1)))
        write_sets = [written(add(f"free {n}", 1)) for n in range(10)]
        write_sets[3] += WriteSet(guards=(take("locked"),))
        write_sets[8] += written(put("locked", 7))
        started = time.monotonic()
        async with locked_row(postgres_url, "locked"):
            ended = await in_one_group(database, write_sets)
            found = await counters(database)

        assert [n for n, one in enumerate(ended) if one is not None] == [3, 8]
        assert isinstance(ended[3], DatabaseLocked)
        assert isinstance(ended[8], DatabaseLocked)
        assert found == {"locked": 1} | {f"free {n}": 1 for n in range(10) if n not in (3, 8)}
        assert time.monotonic() - started < 4  # its neighbours did not wait as long again
        await database.commit(WriteSet(guards=(take("locked"),)))


async def test_postgres_a_read_of_a_table_locked_by_another_session_is_refused_in_time(
    postgres_url: str,
) -> None:
    async with opened(postgres_url, IMPATIENT) as database:
        connection = await asyncpg.connect(postgres_url)
        async with connection.transaction():
            await connection.execute("lock table counter in access exclusive mode")
            with pytest.raises(DatabaseLocked, match="pg_stat_activity"):
                await counters(database)
        await connection.close()

        assert await counters(database) == {}


async def test_postgres_every_connection_has_its_timeouts_from_the_program(
    postgres_url: str,
) -> None:
    limits = Limits(readers=2, lock_wait=1, read_time=2, answer_time=3)
    async with opened(postgres_url, limits) as database:
        reads = [database.read(_Setting, _SETTING, "statement_timeout") for _ in range(6)]
        assert await asyncio.gather(*reads) == [[_Setting("2s")]] * 6
        assert await database.read(_Setting, _SETTING, "lock_timeout") == [_Setting("1s")]
        await database.commit(written(_NOTE_SETTING.effect("", "statement_timeout")))
        assert await entries(database) == [("statement_timeout", 1, "8s")]
        assert await connections(postgres_url) == 3  # one writes, two read


async def test_two_programs_that_touch_the_same_rows_do_not_deadlock(database_url: str) -> None:
    async with opened(database_url) as one, opened(database_url) as other:
        names = [f"counter {n}" for n in range(12)]
        await one.commit(WriteSet(guards=tuple(create(name, 1000) for name in names)))

        async def caller(database: Database, number: int) -> None:
            for turn in range(10):
                chosen = [names[(number * 5 + turn * k) % 12] for k in (1, 5, 7)]
                guards = tuple(take(name) for name in chosen)
                effects = tuple(add(name, 1) for name in reversed(chosen))
                await database.commit(WriteSet(guards, effects))

        callers = [caller(database, n) for n in range(20) for database in (one, other)]
        await asyncio.gather(*callers)

        assert await counters(one) == dict.fromkeys(names, 1000)
    if database_url.startswith("postgresql"):
        assert await deadlocks(database_url) == 0


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Have the system refuse to let any file of this process grow beyond `size`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def locked(path: Path, how: str = "exclusive") -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"begin {how}")
        yield
        connection.execute("rollback")


@asynccontextmanager
async def locked_row(url: str, key: str) -> AsyncIterator[None]:
    connection = await asyncpg.connect(url)
    async with connection.transaction():
        await connection.execute("select 1 from counter where key = $1 for update", key)
        yield
    await connection.close()


@asynccontextmanager
async def full_disk(url: str) -> AsyncIterator[None]:
    """Have the server raise its own disk_full where an entry is noted as bulky."""
    connection = await asyncpg.connect(url)
    await connection.execute(
        """create function refuse() returns trigger language plpgsql as $$ begin
               raise exception 'could not extend file: No space left on device'
                   using errcode = 'disk_full';
           end $$;
           create trigger full_disk before insert on entry for each row
               when (new.note = 'bulky') execute function refuse();"""
    )
    yield
    await connection.execute("drop trigger full_disk on entry")
    await connection.close()


async def connections(url: str) -> int:
    """How many the program holds to this database."""
    connection = await asyncpg.connect(url)
    count: int = await connection.fetchval(
        """select count(*) from pg_stat_activity
           where datname = current_database() and application_name = 'smartcart'"""
    )
    await connection.close()
    return count


async def deadlocks(url: str) -> int:
    """How many the server has counted; sessions report when they end."""
    connection = await asyncpg.connect(url)
    count: int = await connection.fetchval(
        "select deadlocks from pg_stat_database where datname = current_database()"
    )
    await connection.close()
    return count
