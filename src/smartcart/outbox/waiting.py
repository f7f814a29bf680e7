"""What waits in one lane: how much, and what comes next."""

import msgspec

from smartcart.kit.database import Database
from smartcart.outbox.pace import Line
from smartcart.outbox.storage import LINE

_WAITING = f"""
select cast(coalesce(sum(entries), 0) as bigint) as entries from (
    select tail - head + 1 as entries from stream
    where queue = $1 and {LINE} in (0, 1) and lane = $2 and due is not null limit $3
) as looked_at
"""  # noqa: S608 - of constants alone
# What a worker holds is due when its lease ends, which is no plan of anybody's.
_NEXT = f"""
select due from stream
where queue = $1 and {LINE} = $3 and lane = $2 and due is not null and lease is null
order by due, key limit 1
"""  # noqa: S608 - of constants alone


class _Entries(msgspec.Struct):
    entries: int


class _Due(msgspec.Struct):
    due: int


async def waiting(database: Database, queue: str, lane: str, most: int) -> int:
    """How many entries of the lane are not settled, up to `most`. Looks at each of so many."""
    [row] = await database.read(_Entries, _WAITING, queue, lane, most)
    return min(row.entries, most)


async def next_due(database: Database, queue: str, lane: str) -> int | None:
    """When the next entry of the lane may be tried, in microseconds; None when none waits."""
    found = [
        row.due for line in Line for row in await database.read(_Due, _NEXT, queue, lane, line)
    ]
    return min(found, default=None)
