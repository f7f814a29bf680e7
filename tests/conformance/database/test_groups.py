"""Sets committed at once keep out of each other's way, whatever befalls one of them."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from smartcart.kit.database import (
    Conflict,
    Database,
    DatabaseBusy,
    DatabaseError,
    DatabaseUnavailable,
    IntegrityViolation,
    Statement,
    WriteSet,
)
from smartcart.kit.database.limits import Limits
from tests.conformance.database.tables import (
    add,
    counters,
    enter,
    entries,
    in_one_group,
    labour,
    opened,
    outcomes,
    take,
    written,
)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url) as database:
        yield database


def kinds(ended: list[BaseException | None]) -> list[type[BaseException] | None]:
    return [None if one is None else type(one) for one in ended]


async def test_a_violated_constraint_fails_its_own_set_alone(database: Database) -> None:
    await database.commit(written(enter("taken")))
    write_sets = [written(add("sold", 1), enter(f"order {n}")) for n in range(20)]
    write_sets[7] = written(add("sold", 1), enter("taken"))
    write_sets[13] = written(enter("order 13"), enter("order 13"))

    ended = await in_one_group(database, write_sets)

    expected: list[type[BaseException] | None] = [None] * 20
    expected[7] = expected[13] = IntegrityViolation
    assert kinds(ended) == expected
    assert await counters(database) == {"sold": 18}
    assert len(await entries(database)) == 19


async def test_a_violated_constraint_leaves_nothing_of_a_set_on_its_own(
    database: Database,
) -> None:
    await database.commit(written(add("apples", 1), enter("taken")))

    with pytest.raises(IntegrityViolation):
        await database.commit(
            WriteSet(guards=(take("apples"),), effects=(add("sold", 1), enter("taken")))
        )

    assert await counters(database) == {"apples": 1}
    await database.commit(written(enter("later")))
    assert [key for key, _, _ in await entries(database)] == ["later", "taken"]


async def test_of_two_sets_with_the_same_new_row_the_first_is_written(database: Database) -> None:
    ended = await in_one_group(
        database, [written(enter("order", note="first")), written(enter("order", note="second"))]
    )

    assert kinds(ended) == [None, IntegrityViolation]
    assert await entries(database) == [("order", 1, "first")]


async def test_what_a_refused_set_had_taken_is_left_to_the_next(database: Database) -> None:
    await database.commit(written(add("apples", 1), enter("taken")))

    ended = await in_one_group(
        database,
        [
            WriteSet(guards=(take("apples"),), effects=(enter("taken"),)),
            WriteSet(guards=(take("apples"),), effects=(enter("order"),)),
        ],
    )

    assert kinds(ended) == [IntegrityViolation, None]
    assert await counters(database) == {"apples": 0}


@pytest.mark.parametrize(
    "nonsense",
    [
        pytest.param(written(add("huge", 2**70)), id="an integer over 64 bits"),
        pytest.param(written(enter("nul\0")), id="a text with NUL"),
        pytest.param(written(enter("half \ud800")), id="a text with half a character"),
        pytest.param(
            written(Statement("insert into nowhere (key) values ($1)", rank=1).effect("k", "k")),
            id="an unknown table",
        ),
        pytest.param(
            written(Statement("delete from entry where key = $1", rank=1).effect("k")),
            id="too few parameters",
        ),
        pytest.param(
            written(Statement("delete from entry where key = $1", rank=1).effect("k", "k", 1)),
            id="too many parameters",
        ),
    ],
)
async def test_a_set_the_database_cannot_take_fails_alone(
    database: Database, nonsense: WriteSet
) -> None:
    write_sets = [written(add("sold", 1), enter(f"order {n}")) for n in range(10)]
    write_sets[4] += nonsense

    ended = await in_one_group(database, write_sets)

    assert isinstance(ended[4], DatabaseError)
    assert kinds(ended[:4] + ended[5:]) == [None] * 9
    assert await counters(database) == {"sold": 9}
    assert len(await entries(database)) == 9


async def test_64_callers_at_once_lose_nothing(database: Database) -> None:
    async def caller(number: int) -> None:
        for seq in range(10):
            await database.commit(written(add("all", 1), enter(f"caller {number}", seq)))

    await asyncio.gather(*(caller(number) for number in range(64)))

    assert await counters(database) == {"all": 640}
    assert await entries(database) == sorted(
        (f"caller {number}", seq, "") for number in range(64) for seq in range(10)
    )


async def test_a_cancelled_caller_does_not_cancel_its_set(database: Database) -> None:
    waiting = asyncio.create_task(database.commit(written(labour("slow", 300_000))))
    cancelled = asyncio.create_task(database.commit(written(enter("cancelled"))))
    await asyncio.sleep(0.02)

    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    await waiting
    await database.commit(written(enter("later")))

    assert [key for key, _, _ in await entries(database)] == ["cancelled", "later", "slow"]


async def test_a_full_queue_refuses_and_then_goes_on(database_url: str) -> None:
    async with opened(database_url, Limits(queued=5)) as database:
        ended = await outcomes(database, [written(enter(f"order {n}")) for n in range(8)])
        await database.commit(written(enter("later")))

        assert kinds(ended) == [None] * 5 + [DatabaseBusy] * 3
        assert [key for key, _, _ in await entries(database)] == ["later"] + [
            f"order {n}" for n in range(5)
        ]


async def test_closing_writes_what_is_queued(database_url: str) -> None:
    async with opened(database_url) as database:
        queued = [
            asyncio.create_task(database.commit(written(enter(f"order {n:03}"))))
            for n in range(300)
        ]
        await asyncio.sleep(0)
        await database.close()
        await asyncio.gather(*queued)
        with pytest.raises(DatabaseUnavailable, match="closed"):
            await database.commit(written(enter("too late")))
        with pytest.raises(DatabaseUnavailable, match="closed"):
            await entries(database)

    async with opened(database_url) as database:
        assert [key for key, _, _ in await entries(database)] == [
            f"order {n:03}" for n in range(300)
        ]


async def test_an_empty_set_is_written(database: Database) -> None:
    await database.commit(WriteSet())


async def test_a_commit_wakes_those_who_wait_for_its_channels(database: Database) -> None:
    here, there = database.wake_up("orders"), database.wake_up("orders")
    elsewhere = database.wake_up("prints")

    await database.commit(WriteSet(effects=(enter("order"),), wakes=frozenset({"orders"})))

    assert (here.is_set(), there.is_set(), elsewhere.is_set()) == (True, True, False)


async def test_who_waits_for_a_channel_hears_of_those_below_it_and_may_choose(
    database: Database,
) -> None:
    orders, new = database.wake_up("orders"), database.wake_up("orders/new")
    chosen = database.wake_up("orders", lambda channel: channel.endswith("old"))

    await database.commit(WriteSet(wakes=frozenset({"orders/new/today", "ordersome"})))
    assert (orders.is_set(), new.is_set(), chosen.is_set()) == (True, True, False)

    new.clear()
    await database.commit(WriteSet(wakes=frozenset({"orders/old"})))
    assert (new.is_set(), chosen.is_set()) == (False, True)


async def test_a_set_that_was_not_written_wakes_nobody(database: Database) -> None:
    orders = database.wake_up("orders")

    with pytest.raises(Conflict):
        await database.commit(WriteSet(guards=(take("none"),), wakes=frozenset({"orders"})))

    assert not orders.is_set()


async def test_who_is_woken_sees_what_was_written(database: Database) -> None:
    orders = database.wake_up("orders")

    async def look() -> list[tuple[str, int, str]]:
        await orders.wait()
        return await entries(database)

    looking = asyncio.create_task(look())
    await database.commit(WriteSet(effects=(enter("order"),), wakes=frozenset({"orders"})))

    assert await looking == [("order", 1, "")]


async def test_what_waits_for_a_row_is_written_before_the_database_is_closed(
    database_url: str,
) -> None:
    async with opened(database_url) as database:
        slow = asyncio.create_task(
            database.commit(written(add("apples", 1), labour("slow", 300_000)))
        )
        await asyncio.sleep(0.02)
        after = asyncio.create_task(database.commit(written(add("apples", 1))))
        await asyncio.sleep(0.02)
        async with asyncio.timeout(60):
            await database.close()
        await asyncio.gather(slow, after)
    async with opened(database_url) as database:
        assert await counters(database) == {"apples": 2}
