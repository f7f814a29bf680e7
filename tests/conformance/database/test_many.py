"""A statement about many rows hits each of them, or its set is a conflict."""

from collections.abc import AsyncIterator

import pytest

from smartcart.kit.database import Conflict, Database, Many, WriteSet
from tests.conformance.database.tables import add, counters, entries, opened, written

CREATE = Many(
    "insert into counter (key, value) :rows on conflict (key) do nothing", ("text", "bigint"), 1
)
TAKE = Many(
    """update counter set value = value - v.column2 from (:rows) as v
       where counter.key = v.column1 and value >= v.column2""",
    ("text", "bigint"),
    1,
)
COPY = Many(
    """insert into entry (key, seq, note)
       select e.key, v.column3, e.note from (:rows) as v cross join entry e
       where e.key = v.column1 and e.seq = v.column2
       on conflict (key, seq) do nothing""",
    ("text", "bigint", "bigint"),
    2,
)
ENTER = Many("insert into entry (key, seq, note) :rows", ("text", "bigint", "text"), 2)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url) as database:
        yield database


@pytest.mark.parametrize("number", [1, 7, 8, 64, 64 + 8 + 1, 3 * 64 + 20])
async def test_each_row_is_written(database: Database, number: int) -> None:
    made = [(f"counter {n}", 10 + n) for n in range(number)]
    entered = [(f"entry {n}", n, "as it was") for n in range(number)]

    await database.commit(WriteSet(CREATE.guards(made), ENTER.effects(entered)))
    await database.commit(
        WriteSet(TAKE.guards(made) + COPY.guards([(key, seq, seq + 1) for key, seq, _ in entered]))
    )

    assert await counters(database) == {key: 0 for key, _ in made}
    assert sorted(await entries(database)) == sorted(
        (key, seq + again, note) for key, seq, note in entered for again in (0, 1)
    )


async def test_none_is_written_when_one_is_not_hit(database: Database) -> None:
    await database.commit(written(add("counter 40", 1)))
    made = [(f"counter {n}", 10) for n in range(64)]

    with pytest.raises(Conflict, match="hit 63 rows instead of 64"):
        await database.commit(WriteSet(CREATE.guards(made)))

    assert await counters(database) == {"counter 40": 1}


def test_rows_are_written_in_the_order_of_their_keys_and_found_again() -> None:
    steps = ENTER.effects([(f"{n:02}", n, "") for n in range(80, 0, -1)])
    assert [step.key for step in steps] == ["01", "65", "73"]
    assert [row for step in steps for row in ENTER.rows(step)] == [
        (f"{n:02}", n, "") for n in range(1, 81)
    ]
    assert [row for step in steps for row in COPY.rows(step)] == []
