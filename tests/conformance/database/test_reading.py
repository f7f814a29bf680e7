"""Reads see what is committed, as the types they ask for, and cannot write."""

import asyncio
import time
from collections.abc import AsyncIterator

import msgspec
import pytest

from smartcart.kit.database import Database, DatabaseError, QueryTimeout
from smartcart.kit.database.limits import Limits
from tests.conformance.database.tables import (
    Counter,
    Entry,
    add,
    counters,
    enter,
    entries,
    labour,
    opened,
    put,
    written,
)

_ENDLESS = """with recursive n (i) as (select cast(1 as bigint) union all select i + 1 from n)
              select count(*) as total from n"""


class Total(msgspec.Struct):
    total: int


class Flag(msgspec.Struct):
    seen: bool


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url) as database:
        yield database


async def test_values_come_back_as_they_went_in(database: Database) -> None:
    every_byte = bytes(range(256))
    await database.commit(written(enter("Γεωργία Ζ. 🛒", 2**63 - 1, "'; --\n\t$1", every_byte)))
    await database.commit(written(enter("", -(2**63), "", None)))

    rows = await database.read(Entry, "select seq, key, data, note from entry order by seq")

    assert rows == [
        Entry("", -(2**63), "", None),
        Entry("Γεωργία Ζ. 🛒", 2**63 - 1, "'; --\n\t$1", every_byte),
    ]


async def test_parameters_may_be_used_twice_and_in_any_order(database: Database) -> None:
    await database.commit(written(add("a", 1), add("b", 2), add("c", 2)))

    rows = await database.read(
        Counter,
        "select key, value from counter where value = $2 and key <> $1 and value >= $2",
        "b",
        2,
    )

    assert rows == [Counter("c", 2)]


async def test_sums_are_integers_and_comparisons_are_truths(database: Database) -> None:
    await database.commit(written(add("a", 1), add("b", 2)))

    assert await database.read(Total, "select sum(value) as total from counter") == [Total(3)]
    assert await database.read(Flag, "select value > 1 as seen from counter order by key") == [
        Flag(seen=False),
        Flag(seen=True),
    ]


async def test_rows_of_another_type_than_asked_for_are_refused(database: Database) -> None:
    await database.commit(written(enter("order")))

    with pytest.raises(msgspec.ValidationError, match="seen"):
        await database.read(Flag, "select note as seen from entry")


async def test_a_read_sees_nothing_of_a_set_that_is_being_written(database: Database) -> None:
    await database.commit(written(add("apples", 1)))
    was_meanwhile, turn = False, 0
    while not was_meanwhile:  # on a fast machine it takes a set of more labour
        turn += 1
        slow = labour(f"slow {turn}", 500_000 << turn)
        write_set = written(put("apples", turn + 1), enter(f"order {turn}"), slow)
        writing = asyncio.create_task(database.commit(write_set))
        await asyncio.sleep(0.1)

        found = await counters(database), len(await entries(database))
        await asyncio.sleep(0.05)  # a commit may be read before it is known to be one
        was_meanwhile = not writing.done()
        assert not was_meanwhile or found == ({"apples": turn}, 2 * (turn - 1))

        await writing
        assert await counters(database) == {"apples": turn + 1}
        assert len(await entries(database)) == 2 * turn


async def test_a_commit_is_seen_as_soon_as_it_returns(database: Database) -> None:
    for value in range(50):
        await database.commit(written(put("n", value) if value else add("n", 0)))
        assert await counters(database) == {"n": value}


async def test_many_reads_at_once(database: Database) -> None:
    await database.commit(written(*(add(f"{n:03}", n) for n in range(100))))

    found = await asyncio.gather(
        *(
            database.read(Counter, "select key, value from counter where value = $1", n)
            for n in range(100)
        )
    )

    assert found == [[Counter(f"{n:03}", n)] for n in range(100)]


async def test_a_read_that_takes_too_long_is_stopped_and_does_no_harm(database_url: str) -> None:
    async with opened(database_url, Limits(read_time=0.3)) as database:
        with pytest.raises(QueryTimeout):
            await database.read(Total, _ENDLESS)

        assert await database.read(Total, "select 1 as total") == [Total(1)]


async def test_a_cancelled_read_does_no_harm(database_url: str) -> None:
    troubles: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, trouble: troubles.append(trouble))
    async with opened(database_url, Limits(read_time=0.5)) as database:
        reads = [asyncio.create_task(database.read(Total, _ENDLESS)) for _ in range(10)]
        await asyncio.sleep(0.1)
        for read in reads:
            read.cancel()
        await asyncio.gather(*reads, return_exceptions=True)

        assert await database.read(Total, "select 1 as total") == [Total(1)]
    assert troubles == []


async def test_a_read_cannot_write(database: Database) -> None:
    await database.commit(written(add("apples", 1)))

    with pytest.raises(DatabaseError):
        await database.read(Counter, "delete from counter returning key, value")

    assert await counters(database) == {"apples": 1}


async def test_a_read_the_database_refuses_does_no_harm(database: Database) -> None:
    for sql, params in [
        ("select nonsense", ()),
        ("select count(*) as total from counter where key = $1", ()),
        ("select count(*) as total from counter where value = $1", (2**70,)),
    ]:
        with pytest.raises(DatabaseError):
            await database.read(Total, sql, *params)

    assert await database.read(Total, "select 1 as total") == [Total(1)]


async def test_the_clock_goes_forward_and_is_right(database: Database) -> None:
    before = time.time_ns() // 1000
    times = [await database.now() for _ in range(100)]
    after = time.time_ns() // 1000

    assert times == sorted(times)
    assert before - 50_000 < times[0] <= times[-1] < after + 50_000
