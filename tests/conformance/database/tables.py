"""Two small tables, and the statements with which the suite drives them on either engine."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import msgspec

from smartcart.kit.database import Database, Effect, Guard, Migrations, Statement, WriteSet
from smartcart.kit.database import open_database as open_any
from smartcart.kit.database.limits import DEFAULT_LIMITS, Limits

SCHEMA = Migrations(component="suite", package="tests.conformance.database.schema")
OTHER = Migrations(component="other", package="tests.conformance.database.other")
LATER = Migrations(component="later", package="tests.conformance.database.later")
SLOW = Migrations(component="slow", package="tests.conformance.database.slow")
BROKEN = Migrations(component="broken", package="tests.conformance.database.broken")

_COUNTER, _ENTRY = 1, 2

_CREATE = Statement(
    "insert into counter (key, value) values ($1, $2) on conflict (key) do nothing", rank=_COUNTER
)
_TAKE = Statement(
    "update counter set value = value - $2 where key = $1 and value >= $2", rank=_COUNTER
)
_REPLACE = Statement("update counter set value = $3 where key = $1 and value = $2", rank=_COUNTER)
_SET = Statement("update counter set value = $2 where key = $1", rank=_COUNTER)
_ADD = Statement(
    """insert into counter (key, value) values ($1, $2)
       on conflict (key) do update set value = counter.value + excluded.value""",
    rank=_COUNTER,
)
_TAKE_OF_ALL = Statement("update counter set value = value - 1 where value >= $1", rank=_COUNTER)
_ENTER = Statement("insert into entry (key, seq, note, data) values ($1, $2, $3, $4)", rank=_ENTRY)
_ANNOTATE = Statement("update entry set note = $3 where key = $1 and seq = $2", rank=_ENTRY)
_LABOUR = Statement(
    """insert into entry (key, seq, note)
       with recursive n (i) as (select cast(1 as bigint) union all
                                select i + 1 from n where i < cast($2 as bigint))
       select $1, count(*), 'laboured' from n""",
    rank=_ENTRY,
)


class Counter(msgspec.Struct, frozen=True):
    key: str
    value: int


class Entry(msgspec.Struct, frozen=True):
    key: str
    seq: int
    note: str = ""
    data: bytes | None = None


def create(key: str, value: int) -> Guard:
    """Misses when there is such a counter."""
    return _CREATE.guard(key, key, value)


def take(key: str, amount: int = 1) -> Guard:
    """Misses when the counter is below `amount`."""
    return _TAKE.guard(key, key, amount)


def replace(key: str, old: int, new: int) -> Guard:
    """Misses when the counter is not `old`."""
    return _REPLACE.guard(key, key, old, new)


def take_of_all(rows: int) -> Guard:
    """Takes one of every counter; misses when they are not `rows`."""
    return _TAKE_OF_ALL.guard("", 0, rows=rows)


def put(key: str, value: int) -> Effect:
    return _SET.effect(key, key, value)


def add(key: str, amount: int) -> Effect:
    return _ADD.effect(key, key, amount)


def enter(key: str, seq: int = 1, note: str = "", data: bytes | None = None) -> Effect:
    """Violates the primary key when there is such an entry."""
    return _ENTER.effect(f"{key}/{seq}", key, seq, note, data)


def annotate(key: str, seq: int, note: str) -> Effect:
    return _ANNOTATE.effect(f"{key}/{seq}", key, seq, note)


def labour(key: str, amount: int) -> Effect:
    """Keeps the database at work: about a second for each million on a machine of 2020."""
    return _LABOUR.effect(f"{key}/{amount}", key, amount)


def written(*effects: Effect) -> WriteSet:
    return WriteSet(effects=effects)


@asynccontextmanager
async def opened(url: str, limits: Limits = DEFAULT_LIMITS) -> AsyncIterator[Database]:
    """The database at `url` with the suite's tables."""
    database = await open_any(url, [SCHEMA], limits)
    try:
        yield database
    finally:
        await database.close()


async def outcomes(
    database: Database, write_sets: Iterable[WriteSet]
) -> list[BaseException | None]:
    """Commit all at once, in order; what each ended with."""
    return await asyncio.gather(
        *(database.commit(write_set) for write_set in write_sets), return_exceptions=True
    )


async def in_one_group(
    database: Database, write_sets: Iterable[WriteSet]
) -> list[BaseException | None]:
    """Commit all in one transaction, by having them wait for one that takes its time."""
    busy = asyncio.create_task(database.commit(written(labour("busy", 300_000))))
    await asyncio.sleep(0.02)
    ended = await outcomes(database, write_sets)
    await busy
    return ended


async def counters(database: Database) -> dict[str, int]:
    rows = await database.read(Counter, "select key, value from counter order by key")
    return {row.key: row.value for row in rows}


async def entries(database: Database) -> list[tuple[str, int, str]]:
    """All but those of `in_one_group`."""
    rows = await database.read(
        Entry, "select key, seq, note from entry where key <> 'busy' order by key, seq"
    )
    return [(row.key, row.seq, row.note) for row in rows]
