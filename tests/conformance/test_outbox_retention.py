"""The outbox's record on every engine: what has outlived its time goes, beside the work."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from smartcart import outbox
from smartcart.kit.database import Database, Statement, WriteSet, open_database
from smartcart.outbox import (
    Claim,
    Delivered,
    Entry,
    Failed,
    Keep,
    Limits,
    Outcome,
    Retention,
    Worker,
)

QUEUE = "test"
DAY = timedelta(days=1)
NO_TIME = timedelta(0)
WRITTEN_AGAIN = Statement(
    "insert into resend (key, seq, again, at) values ('bad', 2, 3, 1)", rank=83
)
SETTLED_GOES = Keep(settled=NO_TIME, exhausted=DAY)
ALL_GOES = Keep(settled=NO_TIME, exhausted=NO_TIME)

# Delivered long ago: of each stream two entries.
_OLD_STREAM = Statement(
    """insert into stream (key, queue, lane, head, tail, due, lease, tries, first_try)
       values ($1, 'test', 'lane', 3, 2, null, null, 0, null)""",
    rank=1,
)
_OLD_ENTRY = Statement(
    "insert into entry (key, seq, kind, payload, created_at) values ($1, $2, 'note', $3, 1)", rank=2
)
_OLD_ATTEMPT = Statement(
    """insert into attempt (key, seq, n, kind, lane, started_at, settled_at, outcome, detail)
       values ($1, $2, 1, 'note', 'lane', 1, 2, 'delivered', '')""",
    rank=3,
)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await open_database(database_url, [outbox.MIGRATIONS])
    yield opened
    await opened.close()


async def add(database: Database, *given: tuple[str, int]) -> None:
    now = await database.now()
    for key, seq in given:
        entry = Entry(
            key=key, seq=seq, queue=QUEUE, lane="lane", kind="note", payload=f"{key}/{seq}", due=0
        )
        await database.commit(outbox.enqueue(entry, now))


async def answer(claim: Claim) -> Outcome:
    """Entries of `bad…` are given up at the second attempt, those of `later…` tried next year."""
    if claim.key.startswith("bad"):
        return Failed("no", claim.claimed_at if claim.attempt == 1 else None)
    if claim.key.startswith("later"):
        return Failed("not yet", claim.claimed_at + 10**13)
    return Delivered()


async def work(database: Database, *keys: str) -> None:
    """Until nothing of these is left to do."""
    stop = asyncio.Event()
    worker = asyncio.create_task(Worker(database, QUEUE, {"note": answer}, Limits()).run(stop))
    async with asyncio.timeout(60):
        for key in keys:
            while await outbox.is_pending(database, key):
                await asyncio.sleep(0.01)
    stop.set()
    await worker


async def sweep(database: Database, keep: Keep) -> int:
    return await Retention(database, keep).sweep(asyncio.Event())


async def kept(database: Database, key: str) -> list[int]:
    return [entry.seq for entry in await outbox.entries(database, key)]


async def attempted(database: Database, key: str) -> list[tuple[int, int]]:
    return [(attempt.seq, attempt.n) for attempt in await outbox.attempts(database, key)]


async def test_what_is_settled_goes_and_the_last_entry_of_each_stream_stays(
    database: Database,
) -> None:
    await add(database, ("a", 1), ("a", 2), ("a", 3), ("b", 1))
    await work(database, "a", "b")

    assert await sweep(database, SETTLED_GOES) == 4

    assert (await kept(database, "a"), await kept(database, "b")) == ([3], [1])
    assert await attempted(database, "a") == await attempted(database, "b") == []
    assert await sweep(database, SETTLED_GOES) == 0


async def test_what_was_the_last_goes_with_the_next_one_that_is_not(database: Database) -> None:
    await add(database, ("a", 1))
    await work(database, "a")
    await sweep(database, SETTLED_GOES)
    await add(database, ("a", 2), ("a", 3))
    await work(database, "a")

    assert await sweep(database, SETTLED_GOES) == 2

    assert await kept(database, "a") == [3]
    await add(database, ("a", 4))
    await work(database, "a")
    assert await attempted(database, "a") == [(4, 1)]


async def test_what_is_young_stays(database: Database) -> None:
    await add(database, ("a", 1), ("a", 2))
    await work(database, "a")

    assert await sweep(database, Keep(settled=DAY, exhausted=NO_TIME)) == 0

    assert await kept(database, "a") == [1, 2]
    assert await attempted(database, "a") == [(1, 1), (2, 1)]


async def test_what_is_still_to_be_done_stays_however_old_it_is(database: Database) -> None:
    await add(database, ("later", 1), ("later", 2), ("later", 3), ("a", 1))
    await work(database, "a")
    async with asyncio.timeout(60):
        while await attempted(database, "later") != [(1, 1)]:
            await work(database)
            await asyncio.sleep(0.05)

    assert await sweep(database, ALL_GOES) == 1

    assert await kept(database, "later") == [1, 2, 3]
    assert await attempted(database, "later") == [(1, 1)]


async def test_what_was_given_up_stays_longer_unless_it_was_written_again(
    database: Database,
) -> None:
    await add(database, ("bad", 1), ("bad", 2), ("bad", 3))
    await work(database, "bad")
    await database.commit(WriteSet(effects=(WRITTEN_AGAIN.effect("bad/2"),)))

    assert await sweep(database, SETTLED_GOES) == 1

    assert await kept(database, "bad") == [1, 3]
    assert await attempted(database, "bad") == [(1, 1), (1, 2), (3, 1), (3, 2)]

    assert await sweep(database, ALL_GOES) == 2

    assert await kept(database, "bad") == [3]
    assert await attempted(database, "bad") == []


async def test_work_goes_on_while_much_is_removed(database: Database) -> None:
    old = [f"old {n}" for n in range(1500)]
    for first in range(0, len(old), 500):
        some = old[first : first + 500]
        await database.commit(
            WriteSet(
                effects=(
                    *(_OLD_STREAM.effect(key, key) for key in some),
                    *(_OLD_ENTRY.effect(key, key, n, "x" * 2000) for key in some for n in (1, 2)),
                    *(_OLD_ATTEMPT.effect(key, key, n) for key in some for n in (1, 2)),
                )
            )
        )
    sweeping = asyncio.create_task(sweep(database, SETTLED_GOES))
    async with asyncio.timeout(60):
        while await attempted(database, old[0]):  # what is settled before it begins goes too
            await asyncio.sleep(0.005)

    await add(database, *((f"new {n}", 1) for n in range(10)))
    await work(database, *(f"new {n}" for n in range(10)))

    assert not sweeping.done()
    assert await sweeping >= 3000
    assert [await kept(database, key) for key in old[::100]] == [[2]] * 15
    assert [await attempted(database, f"new {n}") for n in range(10)] == [[(1, 1)]] * 10


async def test_it_leaves_off_when_the_program_stops(database: Database) -> None:
    await add(database, ("a", 1))
    await work(database, "a")
    stop = asyncio.Event()
    running = asyncio.create_task(Retention(database, SETTLED_GOES).run(stop))
    async with asyncio.timeout(60):
        while await attempted(database, "a"):
            await asyncio.sleep(0.01)
        stop.set()
        await running
