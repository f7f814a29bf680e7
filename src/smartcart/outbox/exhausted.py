"""Entries that were given up: kept, found again, and each written once more if somebody asks.

Written once more means a new entry at the end of the same stream with the same payload. That it
was is on record, so that two who ask at once do not do it twice. The new entry may be given up in
its turn; then it is found here, and the old one is not.
"""

from dataclasses import dataclass

import msgspec

from smartcart.kit.database import Database, Guard, Statement

_RESEND_RANK = 83
_ANY = 2**62

_INSERT = Statement(
    """insert into resend (key, seq, again, at) values ($1, $2, $3, $4)
       on conflict (key, seq) do nothing""",
    rank=_RESEND_RANK,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which entries of a kind: written at `since` or later and before `until`; empty is any.

    Moments are microseconds. With a `key`, `seq` may name one entry.
    """

    kind: str
    key: str = ""
    seq: int = 0
    lane: str = ""
    since: int = 0
    until: int = 0


class Place(msgspec.Struct, frozen=True):
    """Behind this entry, in the order in which entries were given up; before all of them."""

    at: int = 0
    key: str = ""
    seq: int = 0


class Exhausted(msgspec.Struct, frozen=True):
    """An entry given up at `at` and not written again since; `detail` says why."""

    key: str
    seq: int
    lane: str
    at: int
    created_at: int
    detail: str
    payload: str

    @property
    def place(self) -> Place:
        return Place(self.at, self.key, self.seq)


class _Count(msgspec.Struct):
    entries: int


class _Seq(msgspec.Struct):
    seq: int


async def exhausted(database: Database, span: Span, after: Place, limit: int) -> list[Exhausted]:
    """At most `limit` of the entries given up, behind `after`: of a stream in order."""
    where, given = _where(span, 5)
    return await database.read(
        Exhausted,
        f"""select a.key as key, a.seq as seq, a.lane as lane, a.started_at as at,
                   e.created_at as created_at, a.detail as detail, e.payload as payload
            {_FROM} where {where} and a.started_at >= $1
            and (a.started_at, a.key, a.seq) > ($1, $2, $3)
            order by a.started_at, a.key, a.seq limit $4""",
        after.at,
        after.key,
        after.seq,
        limit,
        *given,
    )


async def count(database: Database, span: Span, most: int = _ANY) -> int:
    """How many there are, up to `most`. Looks at each of so many."""
    where, given = _where(span, 2)
    some = f"select a.key as key {_FROM} where {where} limit $1"
    sql = f"select count(*) as entries from ({some}) as looked_at"  # noqa: S608 - $1, $2 …
    [row] = await database.read(_Count, sql, most, *given)
    return row.entries


def resent(key: str, seq: int, again: int, at: int) -> Guard:
    """The entry `seq` is written once more as `again`; a conflict when it was before."""
    return _INSERT.guard(f"{key}/{seq}", key, seq, again, at)


async def written_again(database: Database, key: str) -> set[int]:
    """The entries of `key` that were."""
    rows = await database.read(_Seq, "select seq from resend where key = $1", key)
    return {row.seq for row in rows}


_CLOCKS_DIFFER = 60_000_000
# That it was not delivered is said for the sake of the small indexes.
_GIVEN_UP = """a.outcome = 'exhausted' and a.outcome <> 'delivered'
    and not exists (select 1 from resend r where r.key = a.key and r.seq = a.seq)"""
_FROM = "from attempt a join entry e on e.key = a.key and e.seq = a.seq"


def _where(span: Span, first: int) -> tuple[str, list[str | int]]:
    """Conditions from the parameter `first` on, and the parameters."""
    conditions: dict[str, str | int] = {
        "a.kind = ": "" if span.key else span.kind,
        "a.key = ": span.key,
        "a.seq = ": span.seq,
        "a.lane = ": span.lane,
        "e.created_at >= ": span.since,
        # Given up after it was written, but for what clocks differ by: spares looking at others.
        "a.started_at >= ": max(0, span.since - _CLOCKS_DIFFER),
        "e.created_at < ": span.until,
    }
    given = {sql: value for sql, value in conditions.items() if value}
    asked = [f"{sql}${n}" for n, sql in enumerate(given, start=first)]
    return " and ".join([*asked, _GIVEN_UP]), list(given.values())
