"""Which alarms have rung, which are to be told of, and how far the history was looked through."""

from collections.abc import Collection

import msgspec

from smartcart.kit.database import Database, Effect, Guard, Statement
from smartcart.merchant.domain.alarms import Alarm, AlarmKind
from smartcart.merchant.domain.ringing import Told
from smartcart.merchant.storage import ALARM_RANK

_RING = Statement(
    """insert into alarm (subject, rung_at) values ($1, $2)
       on conflict (subject) do update set rung_at = excluded.rung_at
       where alarm.rung_at = $3""",
    rank=ALARM_RANK,
)
_TELL = Statement(
    """insert into alarm_told (kind, at, in_a_row) values ($1, $2, $3)
       on conflict (kind) do update set at = excluded.at, in_a_row = excluded.in_a_row
       where alarm_told.at = $4""",
    rank=ALARM_RANK + 2,
)
_WAIT = Statement(
    """insert into alarm_waiting (subject, kind, found_at, alarm) values ($1, $2, $3, $4)
       on conflict (subject) do update set found_at = excluded.found_at, alarm = excluded.alarm""",
    rank=ALARM_RANK + 3,
)
_TELLS_OF = Statement("delete from alarm_waiting where subject = $1", rank=ALARM_RANK + 3)
_REACH = Statement(
    """insert into alarm_position (id, at) values (1, $1)
       on conflict (id) do update set at = excluded.at where alarm_position.at < excluded.at""",
    rank=ALARM_RANK + 1,
)
_NEVER = -1


class Rung(msgspec.Struct, frozen=True):
    subject: str
    rung_at: int


class _Told(msgspec.Struct, frozen=True):
    kind: str
    at: int
    in_a_row: int


class _Waiting(msgspec.Struct, frozen=True):
    alarm: str


class _Kind(msgspec.Struct, frozen=True):
    kind: str


class _At(msgspec.Struct):
    at: int | None


class _Count(msgspec.Struct):
    hour: int
    events: int


def rings(subject: str, now: int, before: int | None) -> Guard:
    """It rings now; a conflict unless it rang last at `before` (None: never)."""
    return _RING.guard(subject, subject, now, _NEVER if before is None else before)


def waits(alarm: Alarm, now: int) -> Effect:
    """It is to be told of."""
    told = msgspec.json.encode(alarm).decode()
    return _WAIT.effect(alarm.subject, alarm.subject, str(alarm.kind), now, told)


def tells(kind: AlarmKind, told: Told, before: Told | None) -> Guard:
    """The kind is told of; a conflict unless it was last told of as `before` says."""
    last = _NEVER if before is None else before.at
    return _TELL.guard(str(kind), str(kind), told.at, told.in_a_row, last)


def waits_no_more(alarm: Alarm) -> Effect:
    return _TELLS_OF.effect(alarm.subject, alarm.subject)


def reached(at: int) -> Effect:
    return _REACH.effect("1", at)


async def rung(database: Database, subjects: Collection[str]) -> dict[str, int]:
    """When each of the subjects last rang, of those that did."""
    marks = ", ".join(f"${n}" for n in range(1, len(subjects) + 1))
    sql = f"select subject, rung_at from alarm where subject in ({marks})"  # noqa: S608 - $1, $2 …
    rows = await database.read(Rung, sql, *subjects)
    return {row.subject: row.rung_at for row in rows}


async def told(database: Database) -> dict[AlarmKind, Told]:
    """What each kind was last told of, of those that were."""
    rows = await database.read(_Told, "select kind, at, in_a_row from alarm_told")
    return {AlarmKind(row.kind): Told(row.at, row.in_a_row) for row in rows}


async def kinds_waiting(database: Database) -> list[AlarmKind]:
    """Of which some alarm is to be told of."""
    rows = await database.read(_Kind, "select distinct kind from alarm_waiting order by kind")
    return [AlarmKind(row.kind) for row in rows]


async def waiting(database: Database, kind: AlarmKind, limit: int) -> list[Alarm]:
    """Those of a kind that are to be told of, the first found first."""
    rows = await database.read(
        _Waiting,
        """select alarm from alarm_waiting where kind = $1
           order by found_at, subject limit $2""",
        str(kind),
        limit,
    )
    return [msgspec.json.decode(row.alarm, type=Alarm) for row in rows]


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
