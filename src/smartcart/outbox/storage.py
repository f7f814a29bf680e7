"""The outbox's rows: streams with counters, immutable entries, attempts that are only added.

A stream's counters (`head`: next to be done, `tail`: last written) decide whether there is more
to do, never a look for other entries: an entry that is being written while the one before it is
settled is then always seen. While a lease is held, `due` is the moment it ends.
"""

from smartcart.kit.database import Database, Effect, Statement, WriteSet
from smartcart.outbox.entry import Candidate, Claim, Entry

_ENTRY_RANK, _STREAM_RANK, _ATTEMPT_RANK = 80, 81, 82

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
_CLAIM = Statement(
    """update stream set lease = $2, due = $3, tries = tries + 1,
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
    """insert into attempt (key, seq, n, started_at, settled_at, outcome, detail)
       values ($1, $2, $3, $4, $5, $6, $7) on conflict (key, seq, n) do nothing""",
    rank=_ATTEMPT_RANK,
)

# Lanes are found by skip-scan from a rotating cursor, and a few heads are taken from each, each the
# next after the one before: that is the fairness, and its cost does not grow with a lane's backlog.
# SQLite has no LATERAL, and no engine takes a column in OFFSET.
_CANDIDATES = """
with recursive
lane (name, n) as (
    select (select min(lane) from stream
            where queue = $1 and due is not null and due <= $2 and lane > $3), 1
    union all
    select (select min(s.lane) from stream s
            where s.queue = $1 and s.due is not null and s.due <= $2 and s.lane > lane.name),
           lane.n + 1
    from lane where lane.name is not null and lane.n < $4
),
pick (lane, n, key) as (
    select lane.name, 1,
           (select t.key from stream t
            where t.queue = $1 and t.lane = lane.name and t.due is not null and t.due <= $2
            order by t.due, t.key limit 1)
    from lane where lane.name is not null
    union all
    select pick.lane, pick.n + 1,
           (select t.key from stream t
            where t.queue = $1 and t.lane = pick.lane and t.due is not null and t.due <= $2
              and (t.due, t.key) > (select p.due, p.key from stream p where p.key = pick.key)
            order by t.due, t.key limit 1)
    from pick where pick.key is not null and pick.n < $5
)
select s.key as key, s.lane as lane, s.head as seq, s.tries as tries, s.lease as lease,
       s.first_try as first_try, e.kind as kind, e.payload as payload, e.created_at as created_at
from pick
join stream s on s.key = pick.key
join entry e on e.key = s.key and e.seq = s.head
where s.due <= $2
order by s.due, s.key
"""


def wake_channel(queue: str) -> str:
    """The channel a commit wakes when it adds work to `queue`."""
    return f"outbox/{queue}"


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
        wakes=frozenset({wake_channel(entry.queue)}),
    )


async def candidates(
    database: Database, queue: str, now: int, *, after: str, lanes: int, per_lane: int
) -> list[Candidate]:
    """Heads of streams due by `now`: up to `per_lane` of each of `lanes` lanes after `after`."""
    return await database.read(Candidate, _CANDIDATES, queue, now, after, lanes, per_lane)


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
    )


def claim(candidate: Candidate, lease: str, now: int, until: int) -> WriteSet:
    """Take the lease; a conflict means that another worker was first.

    An attempt whose worker died is recorded as `lost`: its request may have been made.
    """
    lost: tuple[Effect, ...] = ()
    if candidate.lease is not None:
        lost = (
            _INSERT_ATTEMPT.effect(
                candidate.key, candidate.key, candidate.seq, candidate.tries, now, now,
                "lost", "the worker stopped before it settled this attempt",
            ),
        )  # fmt: skip
    return WriteSet(
        guards=(
            _CLAIM.guard(
                candidate.key, candidate.key, lease, until, now, candidate.seq, candidate.tries
            ),
        ),
        effects=lost,
    )


def delivered(claim: Claim, now: int, detail: str) -> WriteSet:
    """The entry is done; the stream moves on."""
    return _moved_on(claim, now, "delivered", detail)


def exhausted(claim: Claim, now: int, detail: str) -> WriteSet:
    """The entry is given up and kept; the stream moves on."""
    return _moved_on(claim, now, "exhausted", detail)


def postponed(claim: Claim, now: int, detail: str, retry_at: int) -> WriteSet:
    """The attempt failed; the same entry is due again at `retry_at`."""
    return WriteSet(
        guards=(_POSTPONE.guard(claim.key, claim.key, claim.lease, retry_at),),
        effects=(_attempted(claim, now, "failed", detail),),
    )


def is_lease_lost(statement: Statement) -> bool:
    """Whether a conflict on `statement` means that the lease ended and somebody took it."""
    return statement in (_SETTLE, _POSTPONE)


def _moved_on(claim: Claim, now: int, outcome: str, detail: str) -> WriteSet:
    return WriteSet(
        guards=(_SETTLE.guard(claim.key, claim.key, claim.lease, now),),
        effects=(_attempted(claim, now, outcome, detail),),
    )


def _attempted(claim: Claim, now: int, outcome: str, detail: str) -> Effect:
    return _INSERT_ATTEMPT.effect(
        claim.key, claim.key, claim.seq, claim.attempt, claim.claimed_at, now, outcome, detail
    )
