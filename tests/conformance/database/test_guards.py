"""A set is written when each of its guards hits exactly the rows it names, else not at all."""

from collections.abc import AsyncIterator

import pytest

from smartcart.kit.database import Conflict, Database, Guard, Statement, WriteSet
from tests.conformance.database.tables import (
    add,
    annotate,
    counters,
    create,
    enter,
    entries,
    in_one_group,
    opened,
    outcomes,
    put,
    replace,
    take,
    take_of_all,
    written,
)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url) as database:
        await database.commit(written(add("apples", 2), add("pears", 5)))
        yield database


def guarded(*guards: Guard, key: str = "order") -> WriteSet:
    return WriteSet(guards=guards, effects=(enter(key),))


def conflicts(ended: list[BaseException | None]) -> list[Guard | None]:
    """The guard each set missed, None for those written; any other failure is one of the test."""
    assert all(one is None or isinstance(one, Conflict) for one in ended), ended
    return [one.guard if isinstance(one, Conflict) else None for one in ended]


async def test_a_set_whose_guards_hit_is_written(database: Database) -> None:
    await database.commit(guarded(take("apples", 2), take("pears", 4)))

    assert await counters(database) == {"apples": 0, "pears": 1}
    assert await entries(database) == [("order", 1, "")]


async def test_a_guard_that_hits_nothing_is_a_conflict_that_names_it(database: Database) -> None:
    with pytest.raises(Conflict, match="'apples' hit 0 rows instead of 1") as caught:
        await database.commit(guarded(take("apples", 3)))

    assert (caught.value.guard, caught.value.hit) == (take("apples", 3), 0)
    assert await counters(database) == {"apples": 2, "pears": 5}
    assert await entries(database) == []


async def test_a_guard_that_hits_too_many_rows_is_a_conflict(database: Database) -> None:
    with pytest.raises(Conflict) as caught:
        await database.commit(guarded(take_of_all(rows=1)))

    assert caught.value.hit == 2
    assert await counters(database) == {"apples": 2, "pears": 5}


async def test_a_guard_may_demand_several_rows(database: Database) -> None:
    await database.commit(guarded(take_of_all(rows=2)))

    assert await counters(database) == {"apples": 1, "pears": 4}


async def test_a_guard_may_demand_that_no_row_is_hit(database: Database) -> None:
    absent = take("plums").statement.guard("plums", "plums", 1, rows=0)

    await database.commit(guarded(absent))

    assert await entries(database) == [("order", 1, "")]


async def test_what_a_missed_set_had_hit_before_is_undone(database: Database) -> None:
    missed = await outcomes(database, [guarded(take("apples"), take("pears", 9))])

    assert conflicts(missed) == [take("pears", 9)]
    assert await counters(database) == {"apples": 2, "pears": 5}


async def test_several_guards_of_a_set_may_share_a_statement_and_a_row(database: Database) -> None:
    ended = await outcomes(
        database,
        [
            guarded(take("apples"), take("apples"), key="first"),
            guarded(take("pears", 3), take("pears", 3), key="second"),
        ],
    )

    assert conflicts(ended) == [None, take("pears", 3)]
    assert await counters(database) == {"apples": 0, "pears": 5}


async def test_a_guard_sees_what_earlier_sets_of_its_group_took(database: Database) -> None:
    ended = await in_one_group(
        database, [guarded(take("apples"), key=f"order {n}") for n in range(3)]
    )

    assert conflicts(ended) == [None, None, take("apples")]
    assert await counters(database) == {"apples": 0, "pears": 5}
    assert await entries(database) == [("order 0", 1, ""), ("order 1", 1, "")]


async def test_a_guard_sees_the_effects_of_earlier_sets_of_its_group(database: Database) -> None:
    ended = await in_one_group(
        database,
        [
            WriteSet(effects=(add("plums", 1),)),
            guarded(take("plums"), key="hit"),
            guarded(replace("pears", 5, 6), key="also hit"),
            WriteSet(effects=(put("pears", 7),)),
            guarded(replace("pears", 6, 8), key="late"),
            guarded(create("plums", 9), key="too late"),
        ],
    )

    assert conflicts(ended) == [None, None, None, None, replace("pears", 6, 8), create("plums", 9)]
    assert await counters(database) == {"apples": 2, "pears": 7, "plums": 0}
    assert [key for key, _, _ in await entries(database)] == ["also hit", "hit"]


async def test_a_set_that_missed_in_part_takes_nothing_from_its_neighbours(
    database: Database,
) -> None:
    ended = await in_one_group(
        database,
        [
            guarded(take("apples", 2), take("pears", 9), key="greedy"),
            guarded(take("apples", 1), key="modest"),
            guarded(take("apples", 1), take("pears", 5), key="exact"),
            guarded(take("pears", 1), key="late"),
        ],
    )

    assert conflicts(ended) == [take("pears", 9), None, None, take("pears", 1)]
    assert await counters(database) == {"apples": 0, "pears": 0}
    assert [key for key, _, _ in await entries(database)] == ["exact", "modest"]


async def test_a_set_is_not_refused_for_what_refused_sets_had_taken(database: Database) -> None:
    await database.commit(written(add("figs", 1), add("limes", 1), add("plums", 1)))

    ended = await in_one_group(
        database,
        [
            guarded(take("figs"), take("pears", 9), key="takes all figs in vain"),
            guarded(take("figs"), take("limes"), take("pears", 9), key="takes all limes in vain"),
            guarded(take("limes"), take("plums"), key="last"),
        ],
    )

    assert conflicts(ended) == [take("pears", 9), take("pears", 9), None]
    assert await counters(database) == {"apples": 2, "figs": 1, "limes": 0, "pears": 5, "plums": 0}


async def test_many_sets_that_miss_in_part_leave_the_others_alone(database: Database) -> None:
    await database.commit(written(add("apples", 98)))
    greedy = [guarded(take("apples"), take("pears", 6), key=f"greedy {n}") for n in range(30)]
    modest = [guarded(take("apples"), key=f"modest {n}") for n in range(30)]

    ended = await in_one_group(
        database, [one for pair in zip(greedy, modest, strict=True) for one in pair]
    )

    assert conflicts(ended) == [take("pears", 6), None] * 30
    assert await counters(database) == {"apples": 70, "pears": 5}
    assert len(await entries(database)) == 30


async def test_effects_run_in_the_order_of_their_texts_and_keep_theirs_on_one_key(
    database: Database,
) -> None:
    await database.commit(
        written(annotate("order", 1, "early"), annotate("order", 1, "last"), enter("order"))
    )
    await in_one_group(database, [written(put("apples", n)) for n in range(20)])

    assert await entries(database) == [("order", 1, "last")]
    assert (await counters(database))["apples"] == 19


async def test_rank_decides_before_the_order_given_and_before_the_text(database: Database) -> None:
    late = Statement("update counter set value = 100 where key = $1", rank=9)
    early = Statement("update counter set value = 200 where key = $1", rank=8)

    await database.commit(written(late.effect("apples", "apples"), early.effect("pears", "apples")))

    assert await counters(database) == {"apples": 100, "pears": 5}


async def test_hot_stock_never_goes_below_zero(database: Database) -> None:
    await database.commit(written(add("hot", 40)))

    ended = await outcomes(database, [guarded(take("hot"), key=f"order {n}") for n in range(64)])

    assert conflicts(ended).count(None) == 40
    assert (await counters(database))["hot"] == 0
    assert len(await entries(database)) == 40
