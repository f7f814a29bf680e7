"""How much waits to be delivered, and for how long."""

from itertools import pairwise

import msgspec

from smartcart.kit.database import Database

NOT_DUE = -1
LATE_SECONDS = (0, 1, 10, 60, 300, 1200)
"""What lanes are sorted by: for how long, at least, their oldest entry has been due."""


class Standing(msgspec.Struct, frozen=True):
    """The lanes of a queue that are equally `late`: one of `LATE_SECONDS`, or `NOT_DUE`.

    `entries` are those not settled; what a worker holds is among them, and is not due. `due_at` is
    the moment since which the oldest has been due, in microseconds.
    """

    queue: str
    late: int
    lanes: int
    entries: int
    due_at: int


_LATER = pairwise(LATE_SECONDS)
_LATE = " ".join(f"when due_at > $1 - {longer}000000 then {late}" for late, longer in _LATER)
_STANDING = f"""
select queue, late, count(*) as lanes, cast(sum(entries) as bigint) as entries,
       min(due_at) as due_at
from (
    select queue, entries, due_at,
           case when due_at > $1 then {NOT_DUE} {_LATE} else {LATE_SECONDS[-1]} end as late
    from (
        select queue, lane, sum(tail - head + 1) as entries, min(due) as due_at
        from stream where due is not null group by queue, lane
    ) as lanes
) as sorted
group by queue, late order by queue, late
"""  # noqa: S608 - of constants alone


class Failing(msgspec.Struct, frozen=True):
    """How many lanes of a queue fail."""

    queue: str
    lanes: int


async def failing(database: Database) -> list[Failing]:
    """The queues that have some."""
    sql = "select queue, count(*) as lanes from failing_lane group by queue"
    return await database.read(Failing, sql)


async def standing(database: Database, now: int) -> list[Standing]:
    """Every queue with work in it. A few rows come back, but each waiting stream is looked at."""
    return await database.read(Standing, _STANDING, now)
