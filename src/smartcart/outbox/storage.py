"""The outbox's rows: streams with counters, immutable entries, attempts that are only added.

A stream's counters (`head`: next to be done, `tail`: last written) decide whether there is more
to do, never a look for other entries: an entry that is being written while the one before it is
settled is then always seen. While a lease is held, `due` is the moment it ends.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

import msgspec

from smartcart.kit.database import Database, Effect, Many, Statement, Value, WriteSet
from smartcart.outbox.entry import NO_TRACE, Candidate, Claim, Entry, Trace
from smartcart.outbox.pace import Line

_ENTRY_RANK, _STREAM_RANK, _ATTEMPT_RANK, _LANE_RANK = 80, 81, 82, 84

_INSERT_ENTRY = Statement(
    """insert into entry (key, seq, kind, payload, created_at) values ($1, $2, $3, $4, $5)
       on conflict (key, seq) do nothing""",
    rank=_ENTRY_RANK,
)
_EXTEND_STREAM = Statement(
    """insert into stream (key, queue, lane, head, tail, due, lease, tries, first_try)
       values ($1, $2, $3, $4, $4, $5, null, 0, null)
       on conflict (key) do update set
           tail = case when excluded.tail > stream.tail then excluded.tail else stream.tail end,
           due = coalesce(stream.due, excluded.due)""",
    rank=_STREAM_RANK,
)
# The payload stays in the database.
_COPY_ENTRIES = Many(
    """insert into entry (key, seq, kind, payload, created_at)
       select e.key, v.column3, e.kind, e.payload, v.column4
       from (:rows) as v cross join entry e where e.key = v.column1 and e.seq = v.column2
       on conflict (key, seq) do nothing""",
    ("text", "bigint", "bigint", "bigint"),
    rank=_ENTRY_RANK,
)
_EXTEND_STREAMS = Many(
    """insert into stream (key, queue, lane, head, tail, due, tries) :rows
       on conflict (key) do update set
           tail = case when excluded.tail > stream.tail then excluded.tail else stream.tail end,
           due = coalesce(stream.due, excluded.due)""",
    ("text", "text", "text", "bigint", "bigint", "bigint", "bigint"),
    rank=_STREAM_RANK,
)
_CLAIM = Statement(
    """update stream set lease = $2, due = $3, tries = tries + 1, claimed_at = $4,
           first_try = coalesce(first_try, $4)
       where key = $1 and head = $5 and tries = $6 and due <= $4""",
    rank=_STREAM_RANK,
)
_SETTLE = Statement(
    """update stream set head = head + 1, lease = null, tries = 0, first_try = null,
           due = case when tail > head then cast($3 as bigint) else null end
       where key = $1 and lease = $2""",
    rank=_STREAM_RANK,
)
_POSTPONE = Statement(
    "update stream set lease = null, due = $3 where key = $1 and lease = $2",
    rank=_STREAM_RANK,
)
_INSERT_ATTEMPT = Statement(
    """insert into attempt
           (key, seq, n, kind, lane, started_at, settled_at, outcome, detail,
            status, milliseconds, peer, error, excerpt)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
       on conflict (key, seq, n) do nothing""",
    rank=_ATTEMPT_RANK,
)
_FAILING = Statement(
    """insert into failing_lane (queue, lane, since) values ($1, $2, $3)
       on conflict (queue, lane) do nothing""",
    rank=_LANE_RANK,
)
_RECOVERED = Statement("delete from failing_lane where queue = $1 and lane = $2", rank=_LANE_RANK)

# The index has the lines apart by this very expression.
LINE = "(case when tries = 0 then 0 else 1 end)"
# A skip-scan: each step is one seek in the index, however many entries a lane has. (With `min` or
# `exists` instead of a limit, PostgreSQL reads every due entry while it has no statistics.)
_LANES = """
with recursive lanes (lane, n) as (
    select (select lane from stream
            where queue = $1 and :line = $4
                and due is not null and lane > $2 order by lane limit 1), 1
    union all
    select (select s.lane from stream s
            where s.queue = $1 and :line = $4
                and s.due is not null and s.lane > lanes.lane order by s.lane limit 1), lanes.n + 1
    from lanes where lanes.lane is not null and lanes.n < $3
)
select lane, (
    select s.due from stream s
    where s.queue = $1 and :line = $4 and s.lane = lanes.lane and s.due is not null
    order by s.due limit 1
) as due,
(select f.since from failing_lane f where f.queue = $1 and f.lane = lanes.lane) as failing_since
from lanes where lane is not null
""".replace(":line", LINE)
_HEADS = """
select * from (
select s.key as key, s.lane as lane, s.head as seq, s.due as due, s.tries as tries,
       s.lease as lease,
       s.first_try as first_try, s.claimed_at as claimed_at,
       e.kind as kind, e.payload as payload, e.created_at as created_at
from stream s join entry e on e.key = s.key and e.seq = s.head
where s.queue = $1 and :line = $3
    and s.lane = :lane and s.due is not null and s.due <= $2
order by s.due, s.key limit :limit
) as heads
""".replace(":line", LINE)
# To a server a query costs more than most heads do. Few texts, so that each is prepared once.
_LANES_AT_ONCE = (8, 1)


@dataclass(frozen=True, slots=True)
class Copies:
    """Entries of the stream `key` to be added once more, as `first` and the numbers behind it."""

    key: str
    lane: str
    seqs: tuple[int, ...]
    first: int

    @property
    def last(self) -> int:
        return self.first + len(self.seqs) - 1


class Lane(msgspec.Struct, frozen=True):
    """A lane with work in it, when the first of that is due, and since when the lane fails."""

    lane: str
    due: int
    failing_since: int | None


def channel_of(queue: str) -> str:
    """That under which `wake_channel` of all its lanes lie."""
    return f"outbox/{queue}"


def wake_channel(queue: str, lane: str) -> str:
    """The channel a commit wakes when it adds work to the lane of `queue`."""
    return f"{channel_of(queue)}/{lane}"


def enqueue(entry: Entry, now: int) -> WriteSet:
    """Add `entry` to its stream. A `seq` that is taken already is a conflict."""
    return WriteSet(
        guards=(
            _INSERT_ENTRY.guard(entry.key, entry.key, entry.seq, entry.kind, entry.payload, now),
        ),
        effects=(
            _EXTEND_STREAM.effect(
                entry.key, entry.key, entry.queue, entry.lane, entry.seq, entry.due
            ),
        ),
        wakes=frozenset({wake_channel(entry.queue, entry.lane)}),
    )


def enqueue_copies(copies: Sequence[Copies], queue: str, now: int) -> WriteSet:
    """Add all of them to their streams, due now, with the payloads they have.

    A conflict where a number is taken already, or what is to be copied is kept no longer.
    """
    each = [
        (one.key, seq, new, now) for one in copies for new, seq in enumerate(one.seqs, one.first)
    ]
    ends = [(one.key, queue, one.lane, one.first, one.last, now, 0) for one in copies]
    return WriteSet(
        guards=_COPY_ENTRIES.guards(each),
        effects=_EXTEND_STREAMS.effects(ends),
        wakes=frozenset(wake_channel(queue, one.lane) for one in copies),
    )


def enqueued(write_set: WriteSet) -> list[str]:
    """The entries that `write_set` adds, each as key/seq."""
    guards = write_set.guards
    added = [guard.params[:2] for guard in guards if guard.statement is _INSERT_ENTRY]
    copied = [row[0:3:2] for guard in guards for row in _COPY_ENTRIES.rows(guard)]
    return ["/".join(map(str, one)) for one in added + copied]


async def lanes(database: Database, queue: str, line: Line, after: str, limit: int) -> list[Lane]:
    """Lanes with work of the line in the order of their names, those after `after`."""
    return await database.read(Lane, _LANES, queue, after, limit, line)


async def heads(
    database: Database, queue: str, limits: Mapping[str, int], now: int, line: Line = Line.FIRST
) -> list[Candidate]:
    """Of each lane its streams' heads that are due by `now`, the longest due first.

    `limits` are how many at most, by lane.
    """
    left, reads = list(limits.items()), []
    for size in _LANES_AT_ONCE:
        while len(left) >= size:
            params: list[Value] = [value for lane in left[:size] for value in lane]
            reads.append(database.read(Candidate, _heads_of(size), queue, now, line, *params))
            left = left[size:]
    return list(chain(*await asyncio.gather(*reads)))


@cache
def _heads_of(lanes: int) -> str:
    """Heads of so many lanes; from $4 on each lane is followed by its limit."""
    of_each = (
        _HEADS.replace(":lane", f"${n}").replace(":limit", f"${n + 1}")
        for n in range(4, 4 + 2 * lanes, 2)
    )
    return " union all ".join(of_each)


def failing(queue: str, lane: str, since: int) -> WriteSet:
    """Every worker is to know that the lane fails; a conflict when they do already."""
    return WriteSet(guards=(_FAILING.guard(f"{queue}/{lane}", queue, lane, since),))


def recovered(queue: str, lane: str) -> WriteSet:
    """The lane fails no more; a conflict when that is known already."""
    return WriteSet(guards=(_RECOVERED.guard(f"{queue}/{lane}", queue, lane),))


def claimed(candidate: Candidate, lease: str, now: int) -> Claim:
    return Claim(
        key=candidate.key,
        seq=candidate.seq,
        lane=candidate.lane,
        kind=candidate.kind,
        payload=candidate.payload,
        created_at=candidate.created_at,
        attempt=candidate.tries + 1,
        first_attempt_at=candidate.first_try or now,
        claimed_at=now,
        lease=lease,
        is_taken_over=candidate.lease is not None,
    )


def claim(
    candidate: Candidate, lease: str, now: int, until: int, *, durable: bool = True
) -> WriteSet:
    """Take the lease; a conflict means that another worker was first.

    An attempt whose worker died is recorded as `lost`: its request may have been made.
    """
    lost = () if candidate.lease is None else (_lost(candidate, now),)
    return WriteSet(
        guards=(
            _CLAIM.guard(
                candidate.key, candidate.key, lease, until, now, candidate.seq, candidate.tries
            ),
        ),
        effects=lost,
        durable=durable,
    )


def delivered(claim: Claim, now: int, detail: str, trace: Trace = NO_TRACE) -> WriteSet:
    """The entry is done; the stream moves on."""
    return _moved_on(claim, now, _attempted(claim, now, "delivered", detail, trace))


def exhausted(claim: Claim, now: int, detail: str, trace: Trace = NO_TRACE) -> WriteSet:
    """The entry is given up and kept; the stream moves on."""
    return _moved_on(claim, now, _attempted(claim, now, "exhausted", detail, trace))


def postponed(
    claim: Claim, now: int, detail: str, retry_at: int, trace: Trace = NO_TRACE
) -> WriteSet:
    """The attempt failed; the same entry is due again at `retry_at`."""
    return WriteSet(
        guards=(_POSTPONE.guard(claim.key, claim.key, claim.lease, retry_at),),
        effects=(_attempted(claim, now, "failed", detail, trace),),
    )


def is_lease_lost(statement: Statement) -> bool:
    """Whether a conflict on `statement` means that the lease ended and somebody took it."""
    return statement in (_SETTLE, _POSTPONE)


def _moved_on(claim: Claim, now: int, attempted: Effect) -> WriteSet:
    return WriteSet(
        guards=(_SETTLE.guard(claim.key, claim.key, claim.lease, now),), effects=(attempted,)
    )


def _attempted(claim: Claim, now: int, outcome: str, detail: str, trace: Trace) -> Effect:
    return _INSERT_ATTEMPT.effect(
        claim.key, claim.key, claim.seq, claim.attempt, claim.kind, claim.lane,
        claim.claimed_at, now, outcome, detail,
        trace.status, trace.milliseconds, trace.peer, trace.error, trace.excerpt,
    )  # fmt: skip


def _lost(candidate: Candidate, now: int) -> Effect:
    why = "the worker stopped before it settled this attempt"
    return _INSERT_ATTEMPT.effect(
        candidate.key, candidate.key, candidate.seq, candidate.tries, candidate.kind,
        candidate.lane, candidate.claimed_at or now, now, "lost", why, None, None, None, None, None,
    )  # fmt: skip
