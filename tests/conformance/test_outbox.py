"""The outbox on every engine: nothing lost, nothing out of order, nobody starved."""

import asyncio
import itertools
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from smartcart import outbox
from smartcart.kit.database import Conflict, Database, Statement, WriteSet, open_database
from smartcart.outbox import (
    Claim,
    Delivered,
    Entry,
    Failed,
    Limits,
    Outcome,
    Position,
    Search,
    Trace,
    Worker,
    storage,
)
from smartcart.outbox.entry import Candidate

QUEUE = "test"
FAST = Limits(slots=16, slots_per_lane=4, lease_seconds=30, poll_seconds=0.02, drain_seconds=1)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await open_database(database_url, [outbox.MIGRATIONS])
    yield opened
    await opened.close()


def entry(key: str, seq: int = 1, lane: str = "lane", due: int = 0, payload: str = "") -> Entry:
    return Entry(
        key=key,
        seq=seq,
        queue=QUEUE,
        lane=lane,
        kind="note",
        payload=payload or f"{key}/{seq}",
        due=due,
    )


async def add(database: Database, *entries: Entry) -> None:
    now = await database.now()
    await asyncio.gather(*(database.commit(outbox.enqueue(one, now)) for one in entries))


@dataclass
class Sink:
    """Keeps what it was given and answers as it is told, 'delivered' when it is not."""

    answer: Callable[[Claim], Awaitable[Outcome]] | None = None
    seen: list[Claim] = field(default_factory=list)

    async def __call__(self, claim: Claim) -> Outcome:
        self.seen.append(claim)
        return await self.answer(claim) if self.answer else Delivered("ok")

    @property
    def payloads(self) -> list[str]:
        return [claim.payload for claim in self.seen]


@asynccontextmanager
async def working(
    database: Database, sink: Callable[[Claim], Awaitable[Outcome]], limits: Limits = FAST
) -> AsyncIterator[Worker]:
    stop = asyncio.Event()
    worker = Worker(database, QUEUE, {"note": sink}, limits)
    task = asyncio.create_task(worker.run(stop))
    try:
        yield worker
    finally:
        stop.set()
        await task


async def until(condition: Callable[[], bool], seconds: float = 120) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


async def outcomes(database: Database, key: str) -> list[tuple[int, int, str]]:
    return [(a.seq, a.n, a.outcome) for a in await outbox.attempts(database, key)]


async def settled(database: Database, key: str, count: int) -> list[tuple[int, int, str]]:
    """The outcomes of `key` once there are `count` of them."""
    async with asyncio.timeout(120):
        while len(found := await outcomes(database, key)) < count:
            await asyncio.sleep(0.005)
    return found


async def test_an_entry_is_delivered_once_and_its_attempt_recorded(database: Database) -> None:
    sink = Sink()
    async with working(database, sink):
        await add(database, entry("a"))
        assert await settled(database, "a", 1) == [(1, 1, "delivered")]
        await asyncio.sleep(0.1)
    assert sink.payloads == ["a/1"]


async def test_entries_of_a_key_are_done_in_order_while_others_go_on(database: Database) -> None:
    sink = Sink()
    keys = [f"k{n}" for n in range(20)]
    async with working(database, sink):
        for seq in range(1, 6):
            await add(database, *(entry(key, seq, lane=key) for key in keys))
        await until(lambda: len(sink.seen) == 100)
    by_key = defaultdict(list)
    for claim in sink.seen:
        by_key[claim.key].append(claim.seq)
    assert by_key == {key: [1, 2, 3, 4, 5] for key in keys}


async def test_a_later_entry_waits_for_the_retries_of_the_one_before(database: Database) -> None:
    async def answer(claim: Claim) -> Outcome:
        if claim.seq == 1 and claim.attempt < 3:
            return Failed("not yet", claim.claimed_at + 50_000)
        return Delivered()

    sink = Sink(answer)
    async with working(database, sink):
        await add(database, entry("a", 1))
        await add(database, entry("a", 2))
        found = await settled(database, "a", 4)
    assert found == [(1, 1, "failed"), (1, 2, "failed"), (1, 3, "delivered"), (2, 1, "delivered")]
    assert [(claim.seq, claim.attempt) for claim in sink.seen] == [(1, 1), (1, 2), (1, 3), (2, 1)]
    assert len({claim.first_attempt_at for claim in sink.seen[:3]}) == 1


async def test_an_exhausted_entry_is_kept_and_seen_and_lets_the_next_one_pass(
    database: Database,
) -> None:
    async def answer(claim: Claim) -> Outcome:
        return Failed("for good", None) if claim.seq == 1 else Delivered()

    async with working(database, Sink(answer)):
        await add(database, entry("a", 1))
        await add(database, entry("a", 2))
        await settled(database, "a", 2)
    assert await outcomes(database, "a") == [(1, 1, "exhausted"), (2, 1, "delivered")]
    given_up = Search(kind="note", outcome="exhausted")
    kept = await outbox.search(database, given_up, Position(await database.now()), 10)
    assert [(one.key, one.seq, one.detail) for one in kept] == [("a", 1, "for good")]
    assert [one.payload for one in await outbox.entries(database, "a")] == ["a/1", "a/2"]


async def test_what_is_not_due_waits(database: Database) -> None:
    sink = Sink()
    async with working(database, sink):
        due = await database.now() + 400_000
        await add(database, entry("a", due=due))
        await asyncio.sleep(0.2)
        assert sink.seen == []
        await until(lambda: len(sink.seen) == 1)
        assert sink.seen[0].claimed_at >= due


async def test_a_claimed_entry_is_free_again_when_the_lease_of_its_dead_worker_ends(
    database: Database,
) -> None:
    await add(database, entry("a"))
    now = await database.now()
    [candidate] = await candidates(database, now)
    await database.commit(storage.claim(candidate, "dead", now, now + 300_000))
    sink = Sink()
    async with working(database, sink):
        await asyncio.sleep(0.1)
        assert sink.seen == []
        found = await settled(database, "a", 2)
    assert found == [(1, 1, "lost"), (1, 2, "delivered")]
    assert [claim.attempt for claim in sink.seen] == [2]
    lost, _ = await outbox.attempts(database, "a")
    assert lost.started_at == now
    assert lost.settled_at >= now + 300_000


async def test_a_worker_that_outlived_its_lease_settles_nothing(database: Database) -> None:
    await add(database, entry("a"))
    now = await database.now()
    [candidate] = await candidates(database, now)
    await database.commit(storage.claim(candidate, "slow", now, now))
    slow = storage.claimed(candidate, "slow", now)
    async with working(database, Sink()):
        await settled(database, "a", 2)
    with pytest.raises(Conflict) as conflict:
        await database.commit(storage.delivered(slow, await database.now(), "too late"))
    assert storage.is_lease_lost(conflict.value.guard.statement)
    assert await outcomes(database, "a") == [(1, 1, "lost"), (1, 2, "delivered")]


async def test_only_one_of_many_claims_wins(database: Database) -> None:
    await add(database, entry("a"))
    now = await database.now()
    [candidate] = await candidates(database, now)
    claims = [
        database.commit(storage.claim(candidate, f"lease-{n}", now, now + 1)) for n in range(20)
    ]
    results = await asyncio.gather(*claims, return_exceptions=True)
    assert Counter(type(result) for result in results) == {type(None): 1, Conflict: 19}


async def test_an_entry_written_while_the_one_before_is_settled_is_not_forgotten(
    database: Database,
) -> None:
    """The interleaving is forced both ways round: settle then write, write then settle."""
    for order, key in ((0, "settled first"), (1, "written first")):
        await add(database, entry(key))
        now = await database.now()
        [candidate] = await candidates(database, now)
        await database.commit(storage.claim(candidate, "lease", now, now + 60_000_000))
        settle = storage.delivered(storage.claimed(candidate, "lease", now), now, "")
        write = outbox.enqueue(entry(key, 2), now)
        for write_set in (settle, write) if order == 0 else (write, settle):
            await database.commit(write_set)
        [following] = await candidates(database, await database.now())
        assert (following.key, following.seq) == (key, 2)
        await database.commit(
            storage.claim(following, "last", now + 1_000_000, now + 3_600_000_000)
        )


async def test_settling_and_writing_race_and_nothing_is_lost(database: Database) -> None:
    sink = Sink()
    async with working(database, sink):

        async def write(key: str) -> None:
            for seq in range(1, 31):
                await add(database, entry(key, seq, lane=key))

        await asyncio.gather(*(write(f"k{n}") for n in range(8)))
        await until(lambda: len(sink.seen) >= 240)
    by_key = defaultdict(list)
    for claim in sink.seen:
        by_key[claim.key].append(claim.seq)
    assert by_key == {f"k{n}": list(range(1, 31)) for n in range(8)}


def test_an_entry_needs_a_lane() -> None:
    with pytest.raises(ValueError, match="lane"):
        entry("a", lane="")


async def test_the_same_seq_twice_is_a_conflict(database: Database) -> None:
    await add(database, entry("a"))
    with pytest.raises(Conflict):
        await add(database, entry("a", payload="another"))
    assert await outbox.tail(database, "a") == 1
    assert [one.payload for one in await outbox.entries(database, "a")] == ["a/1"]


async def test_a_lane_whose_entries_hang_keeps_to_its_slots_and_delays_nobody(
    database: Database,
) -> None:
    release = asyncio.Event()

    async def answer(claim: Claim) -> Outcome:
        if claim.lane == "hanging":
            await release.wait()
        return Delivered()

    patient = Limits(slots=8, slots_per_lane=4, lease_seconds=30, poll_seconds=0.02)
    await add(database, *(entry(f"h{n:03}", lane="hanging") for n in range(200)))
    sink = Sink(answer)
    async with working(database, sink, patient):
        await until(lambda: len(sink.seen) == 4)
        await add(database, *(entry(f"q{n}", lane=f"quick{n % 10}") for n in range(100)))
        await until(lambda: sum(claim.lane != "hanging" for claim in sink.seen) == 100)
        assert sum(claim.lane == "hanging" for claim in sink.seen) == 4
        release.set()
        await until(lambda: len(sink.seen) == 300)


async def test_more_lanes_than_slots_all_get_their_turn(database: Database) -> None:
    few = Limits(slots=4, slots_per_lane=2, lease_seconds=30, poll_seconds=0.02)
    lanes = [f"lane{n:02}" for n in range(30)]
    await add(database, *(entry(f"{lane}/{n}", lane=lane) for lane in lanes for n in range(5)))
    sink = Sink()
    async with working(database, sink, few):
        await until(lambda: len(sink.seen) == 150)
    # No lane is finished before every lane has had a first turn.
    first = [claim.lane for claim in sink.seen][:75]
    assert set(first) == set(lanes)


async def test_two_workers_share_a_queue_and_do_everything_once(database: Database) -> None:
    sink = Sink()
    await add(database, *(entry(f"k{n}", lane=f"lane{n % 7}") for n in range(150)))
    async with working(database, sink), working(database, sink):
        await until(lambda: len(sink.seen) >= 150)
        await asyncio.sleep(0.1)
    assert Counter(sink.payloads) == {f"k{n}/1": 1 for n in range(150)}


NOTES = Statement(
    """insert into attempt (key, seq, n, started_at, settled_at, outcome, detail)
       values ($1, 0, $2, 0, 0, 'note', '')""",
    rank=99,
)
ONCE = Statement("update stream set first_try = -1 where key = $1 and first_try is null", rank=70)


async def test_what_a_handler_wants_committed_is_committed_with_the_settlement(
    database: Database,
) -> None:
    async def answer(claim: Claim) -> Outcome:
        effect = NOTES.effect("n", f"note/{claim.seq}", claim.attempt)
        if claim.attempt == 1:
            return Failed("again", 0, also=WriteSet(effects=(effect,)))
        return Delivered("done", also=WriteSet(effects=(effect,)))

    async with working(database, Sink(answer)):
        await add(database, entry("a"))
        await settled(database, "note/1", 2)
    assert await outcomes(database, "a") == [(1, 1, "failed"), (1, 2, "delivered")]


async def test_what_an_attempt_met_is_on_record(database: Database) -> None:
    met = Trace(status=503, milliseconds=12, peer="192.0.2.7", error="status", excerpt="Ώπα")

    async def answer(claim: Claim) -> Outcome:
        if claim.attempt == 1:
            return Failed("503", 0, trace=met)
        return Delivered("200", trace=Trace(200, 3, "192.0.2.8"))

    async with working(database, Sink(answer)):
        await add(database, entry("a", lane="kyma"))
        await settled(database, "a", 2)
    first, second = await outbox.attempts(database, "a")
    assert [(one.kind, one.lane) for one in (first, second)] == [("note", "kyma")] * 2
    assert Trace(first.status, first.milliseconds, first.peer, first.error, first.excerpt) == met
    assert first.duration == 12
    assert (second.status, second.peer, second.error, second.excerpt) == (
        200, "192.0.2.8", None, None,
    )  # fmt: skip


async def test_attempts_are_found_by_what_they_were_made_for_and_how_they_ended(
    database: Database,
) -> None:
    async def answer(claim: Claim) -> Outcome:
        return Failed("no", None) if claim.lane == "odd" and claim.seq == 2 else Delivered()

    async with working(database, Sink(answer)):
        for key, lane in (("a", "odd"), ("b", "even"), ("c", "odd")):
            for seq in (1, 2, 3):
                await add(database, entry(key, seq, lane=lane))
                await settled(database, key, seq)
    everything = await found(database, Search(kind="note"))
    assert [(one.key, one.seq) for one in everything] == [
        (key, seq) for key in "cba" for seq in (3, 2, 1)
    ]
    assert await found(database, Search(kind="other")) == []

    def those(key: str = "", lane: str = "", outcome: str = "") -> list[outbox.Attempt]:
        return [
            one
            for one in everything
            if one.key == (key or one.key)
            and one.lane == (lane or one.lane)
            and one.outcome == (outcome or one.outcome)
        ]

    for key in ("", "a", "b", "nothing"):
        for lane in ("", "odd", "even"):
            for outcome in ("", *outbox.OUTCOMES):
                wanted = Search(kind="note", key=key, lane=lane, outcome=outcome)
                assert await found(database, wanted) == those(key, lane, outcome), wanted
    since = everything[4].started_at
    assert await found(database, Search(kind="note", since=since)) == everything[:5]


async def test_pages_of_attempts_are_the_whole_also_when_many_began_at_once(
    database: Database,
) -> None:
    at = await database.now()
    for key in "abc":
        for seq in (1, 2):
            await add(database, entry(key, seq))
            [candidate] = [one for one in await candidates(database, at + 1) if one.key == key]
            await database.commit(storage.claim(candidate, key, at + 1, at + 9))
            claim = storage.claimed(candidate, key, at + 1)
            await database.commit(storage.delivered(claim, at + 1, ""))
    pages: list[tuple[str, int]] = []
    before = Position(at + 2)
    while page := await outbox.search(database, Search(kind="note"), before, 2):
        pages += [(one.key, one.seq) for one in page]
        before = Position(page[-1].started_at, page[-1].key, page[-1].seq, page[-1].n)
    assert pages == [("c", 2), ("c", 1), ("b", 2), ("b", 1), ("a", 2), ("a", 1)]


async def found(database: Database, wanted: Search) -> list[outbox.Attempt]:
    return await outbox.search(database, wanted, Position(await database.now()), 100)


async def test_a_conflict_with_somebody_elses_change_is_decided_again(database: Database) -> None:
    await add(database, entry("other", due=2**60))
    rounds = itertools.count(1)

    async def answer(claim: Claim) -> Outcome:
        if next(rounds) == 1:  # loaded before somebody else's change, which comes now
            await database.commit(WriteSet(guards=(ONCE.guard("other", "other"),)))
            return Delivered("stale", also=WriteSet(guards=(ONCE.guard("other", "other"),)))
        return Delivered("fresh")

    async with working(database, Sink(answer)):
        await add(database, entry("a"))
        await settled(database, "a", 1)
    [attempt] = await outbox.attempts(database, "a")
    assert (attempt.outcome, attempt.detail) == ("delivered", "fresh")


async def test_a_handler_that_fails_unexpectedly_is_tried_again(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async def answer(claim: Claim) -> Outcome:
        if claim.attempt == 1:
            raise RuntimeError("a fault of ours")
        return Delivered()

    async with working(database, Sink(answer)):
        await add(database, entry("a"))
        await settled(database, "a", 2)
    first, second = await outbox.attempts(database, "a")
    assert (first.outcome, first.detail) == ("failed", "RuntimeError: a fault of ours")
    assert first.error == "fault"
    assert second.outcome == "delivered"
    assert "failed unexpectedly" in caplog.text


async def test_a_worker_told_to_stop_gives_back_what_it_cannot_finish(database: Database) -> None:
    async def hang(claim: Claim) -> Outcome:
        await asyncio.sleep(60)
        return Delivered()

    sink = Sink(hang)
    hurried = Limits(lease_seconds=60, poll_seconds=0.02, drain_seconds=0.05)
    async with working(database, sink, hurried):
        await add(database, entry("a"))
        await until(lambda: len(sink.seen) == 1)
    again = Sink()
    async with working(database, again):
        await until(lambda: len(again.seen) == 1)
    assert again.seen[0].attempt == 2


async def candidates(database: Database, now: int) -> Sequence[Candidate]:
    return await storage.heads(database, QUEUE, {"lane": 10}, now)
