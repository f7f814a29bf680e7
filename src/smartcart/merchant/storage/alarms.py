"""Which alarms have rung, and how far the history was looked through for them."""

from collections.abc import Collection

import msgspec

from smartcart.kit.database import Database, Effect, Guard, Statement
from smartcart.merchant.storage import ALARM_RANK

_RING = Statement(
    """insert into alarm (subject, rung_at) values ($1, $2)
       on conflict (subject) do update set rung_at = excluded.rung_at
       where alarm.rung_at <= $3""",
    rank=ALARM_RANK,
)
_REACH = Statement(
    """insert into alarm_position (id, at) values (1, $1)
       on conflict (id) do update set at = excluded.at where alarm_position.at < excluded.at""",
    rank=ALARM_RANK + 1,
)
_NEVER = -1


class Rung(msgspec.Struct, frozen=True):
    subject: str
    rung_at: int


class _At(msgspec.Struct):
    at: int | None


class _Count(msgspec.Struct):
    hour: int
    events: int


def rings(subject: str, now: int, again_before: int | None) -> Guard:
    """It rings now; a conflict when it has rung, after `again_before` (None: ever)."""
    return _RING.guard(subject, subject, now, _NEVER if again_before is None else again_before)


def reached(at: int) -> Effect:
    return _REACH.effect("1", at)


async def rung(database: Database, subjects: Collection[str]) -> dict[str, int]:
    """When each of the subjects last rang, of those that did."""
    marks = ", ".join(f"${n}" for n in range(1, len(subjects) + 1))
    sql = f"select subject, rung_at from alarm where subject in ({marks})"  # noqa: S608 - $1, $2 …
    rows = await database.read(Rung, sql, *subjects)
    return {row.subject: row.rung_at for row in rows}


async def position(database: Database) -> int | None:
    """Up to where the history was looked through; None for never."""
    rows = await database.read(_At, "select at from alarm_position where id = 1")
    return rows[0].at if rows else None


async def last_arrival(database: Database) -> int | None:
    """When the newest event came in."""
    rows = await database.read(_At, "select max(received_at) as at from inbox")
    return rows[0].at


async def arrivals(database: Database, since: int) -> dict[int, int]:
    """Events that came in, by hours since the epoch."""
    rows = await database.read(
        _Count,
        """select received_at / 3600000000 as hour, count(*) as events from inbox
           where received_at >= $1 group by received_at / 3600000000""",
        since,
    )
    return {row.hour: row.events for row in rows}
