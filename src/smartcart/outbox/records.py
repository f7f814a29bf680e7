"""What the outbox remembers, for the pages and for people who look something up."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

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
    """One try of an entry: `delivered`, `failed`, `exhausted`, or `lost` with its worker."""

    key: str
    seq: int
    n: int
    started_at: int
    settled_at: int
    outcome: str
    detail: str


class _Tail(msgspec.Struct, frozen=True):
    tail: int


async def tail(database: Database, key: str) -> int:
    """The last `seq` written for `key`, 0 for none."""
    rows = await database.read(_Tail, "select tail from stream where key = $1", key)
    return rows[0].tail if rows else 0


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


def by_seq(attempts: Iterable[Attempt]) -> Mapping[int, list[dict[str, object]]]:
    """Attempts by the entry they were made for, as plain values for JSON."""
    found: defaultdict[int, list[dict[str, object]]] = defaultdict(list)
    for attempt in attempts:
        found[attempt.seq].append(
            {
                "n": attempt.n,
                "started_at": from_micros(attempt.started_at),
                "milliseconds": (attempt.settled_at - attempt.started_at) / 1_000,
                "outcome": attempt.outcome,
                "detail": attempt.detail,
            }
        )
    return found


async def exhausted(database: Database, limit: int) -> list[Attempt]:
    """The newest attempts that gave their entry up."""
    return await database.read(
        Attempt,
        f"{_ATTEMPTS} where outcome = 'exhausted' order by started_at desc, key limit $1",
        limit,
    )


_ATTEMPTS = "select key, seq, n, started_at, settled_at, outcome, detail from attempt"
