"""What the outbox remembers, for the pages and for people who look something up."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from smartcart.kit.clock import from_micros
from smartcart.kit.database import Database


class Recorded(msgspec.Struct, frozen=True):
    """An entry as it was written; `created_at` in microseconds."""

    key: str
    seq: int
    kind: str
    payload: str
    created_at: int


class Attempt(msgspec.Struct, frozen=True):
    """One try of an entry: `delivered`, `failed`, `exhausted`, or `lost` with its worker.

    Moments are microseconds. What is not said here is as in `Trace`.
    """

    key: str
    seq: int
    n: int
    kind: str
    lane: str
    started_at: int
    settled_at: int
    outcome: str
    detail: str
    status: int | None
    milliseconds: int | None
    peer: str | None
    error: str | None
    excerpt: str | None

    @property
    def duration(self) -> float:
        """Milliseconds out there; where that is not known, all that went by."""
        if self.milliseconds is not None:
            return self.milliseconds
        return (self.settled_at - self.started_at) / 1_000


OUTCOMES = ("delivered", "failed", "exhausted", "lost")


class Position(msgspec.Struct, frozen=True):
    """An attempt's place in the order in which attempts are searched: the newest first."""

    started_at: int
    key: str = ""
    seq: int = 0
    n: int = 0


NEWEST = Position(2**62)
"""Before every attempt, also one that a clock ahead of this process's has dated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which attempts of a kind, begun at `since` (microseconds) or later; empty is any.

    A `key` says of which kind it is.
    """

    kind: str
    key: str = ""
    lane: str = ""
    outcome: str = ""
    since: int = 0


class _Tail(msgspec.Struct, frozen=True):
    tail: int


async def tail(database: Database, key: str) -> int:
    """The last `seq` written for `key`, 0 for none."""
    rows = await database.read(_Tail, "select tail from stream where key = $1", key)
    return rows[0].tail if rows else 0


async def is_pending(database: Database, key: str) -> bool:
    """Whether an entry of `key` is still to be delivered, or is being."""
    rows = await database.read(
        _Tail, "select tail from stream where key = $1 and due is not null", key
    )
    return bool(rows)


async def entries(database: Database, key: str) -> list[Recorded]:
    """All entries of `key`, in order."""
    return await database.read(
        Recorded,
        "select key, seq, kind, payload, created_at from entry where key = $1 order by seq",
        key,
    )


async def attempts(database: Database, key: str) -> list[Attempt]:
    """All attempts of `key`, in order."""
    return await database.read(Attempt, f"{_ATTEMPTS} where key = $1 order by seq, n", key)


async def search(database: Database, wanted: Search, before: Position, limit: int) -> list[Attempt]:
    """At most `limit` of the attempts `wanted`, those that come before `before`, newest first."""
    conditions: dict[str, str | int] = {
        "kind = ": "" if wanted.key else wanted.kind,  # else the index by time seems good enough
        "key = ": wanted.key,
        "lane = ": wanted.lane,
        "outcome = ": wanted.outcome,
        "started_at >= ": wanted.since,
    }
    given = {sql: value for sql, value in conditions.items() if value}
    where = " and ".join(f"{sql}${n}" for n, sql in enumerate(given, start=5))
    if wanted.outcome not in ("", "delivered"):
        where += " and outcome <> 'delivered'"  # so that the small indexes are taken
    return await database.read(
        Attempt,
        f"""{_ATTEMPTS} where {where} and started_at <= $1
            and (started_at, key, seq, n) < ($1, $2, $3, $4)
            order by started_at desc, key desc, seq desc, n desc limit ${len(given) + 5}""",
        before.started_at,
        before.key,
        before.seq,
        before.n,
        *given.values(),
        limit,
    )


def by_seq(attempts: Iterable[Attempt]) -> Mapping[int, list[dict[str, object]]]:
    """Attempts by the entry they were made for, as plain values for JSON."""
    found: defaultdict[int, list[dict[str, object]]] = defaultdict(list)
    for attempt in attempts:
        found[attempt.seq].append(told(attempt))
    return found


def told(attempt: Attempt) -> dict[str, object]:
    """An attempt without whose it was, as plain values for JSON."""
    return {
        "n": attempt.n,
        "started_at": from_micros(attempt.started_at),
        "milliseconds": attempt.duration,
        "outcome": attempt.outcome,
        "detail": attempt.detail,
        "status": attempt.status,
        "address": attempt.peer,
        "error": attempt.error,
        "excerpt": attempt.excerpt,
    }


_ATTEMPTS = """select key, seq, n, kind, lane, started_at, settled_at, outcome, detail,
       status, milliseconds, peer, error, excerpt from attempt"""
