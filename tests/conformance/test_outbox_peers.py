"""Several workers at one queue: each has its lanes, and nobody's lanes wait when it is gone."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import msgspec
import pytest

from smartcart import outbox
from smartcart.kit.database import Conflict, Database, Statement, WriteSet, open_database
from smartcart.outbox import Claim, Delivered, Failed, Outcome, Worker, peers
from smartcart.outbox.peers import Peers
from smartcart.outbox.storage import Lane
from tests.conformance.test_outbox import FAST, QUEUE, Sink, add, entry, until
from tests.support.passing_on import PassingOn

LANES = [f"shop-{n}" for n in range(40)]
SECOND = 1_000_000
HOUR = 3_600 * SECOND


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await open_database(database_url, [outbox.MIGRATIONS])
    yield opened
    await opened.close()


@dataclass
class Counting(PassingOn):
    """Counts the claims, and those made in vain."""

    claims: int = 0
    in_vain: int = 0

    async def commit(self, write_set: WriteSet) -> None:
        is_claim = any("claimed_at" in one.statement.sql for one in write_set.guards)
        self.claims += is_claim
        try:
            await self.database.commit(write_set)
        except Conflict:
            self.in_vain += is_claim
            raise


@dataclass
class Team:
    """Workers at one queue, by name, and what each of them was given."""

    database: Counting
    seen: dict[str, list[Claim]] = field(default_factory=lambda: defaultdict(list))
    stops: dict[str, asyncio.Event] = field(default_factory=dict)
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def begin(self, name: str) -> None:
        async def handle(claim: Claim) -> Outcome:
            self.seen[name].append(claim)
            return Delivered()

        worker = Worker(self.database, QUEUE, {"note": handle}, FAST, shared=True)
        self.stops[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(worker.run(self.stops[name]))

    async def end(self, name: str) -> None:
        self.stops[name].set()
        await self.tasks.pop(name)

    async def knows_itself(self) -> None:
        """Return when every worker knows of all others: each has been seen, and twice after that.

        It hears of the others after it says that it is alive, and before it says so again.
        """
        since = 0
        for _ in range(3):
            async with asyncio.timeout(60):
                while len(found := await self._seen_after(since)) != len(self.tasks):
                    await asyncio.sleep(0.02)
            since = max(found)

    async def _seen_after(self, moment: int) -> list[int]:
        now = await self.database.now()
        return [one for one in await seen(self.database) if moment < one <= now]

    def lanes(self, name: str) -> set[str]:
        return {claim.lane for claim in self.seen[name]}

    async def until_done(self, count: int, seconds: float = 120) -> None:
        await until(lambda: sum(map(len, self.seen.values())) == count, seconds)


class _Seen(msgspec.Struct):
    seen_at: int


async def seen(database: Database) -> list[int]:
    """When each worker said that it is alive, the last time."""
    rows = await database.read(_Seen, "select seen_at from worker where queue = $1", QUEUE)
    return [row.seen_at for row in rows]


@asynccontextmanager
async def team(database: Database, *names: str) -> AsyncIterator[Team]:
    found = Team(Counting(database))
    for name in names:
        found.begin(name)
    try:
        await found.knows_itself()
        yield found
    finally:
        for name in list(found.tasks):
            await found.end(name)


async def new_in_all_lanes(database: Database, seq: int) -> None:
    now = await database.now()
    await add(database, *(entry(lane, seq, lane=lane, due=now) for lane in LANES))


async def test_each_has_lanes_of_its_own_and_none_claims_in_vain(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "_LATE", HOUR)  # also on a slow machine nobody needs help
    async with team(database, "a", "b", "c") as workers:
        for seq in range(1, 6):
            await new_in_all_lanes(database, seq)
            await workers.until_done(seq * len(LANES))
        assert (workers.database.claims, workers.database.in_vain) == (5 * len(LANES), 0)
        shares = [workers.lanes(name) for name in "abc"]
        assert all(shares)
        assert sum(map(len, shares)) == len(LANES) == len(set().union(*shares))


async def test_what_one_that_ends_owned_is_the_others_at_once(database: Database) -> None:
    async with team(database, "a", "b") as workers:
        await workers.end("a")
        assert len(await seen(database)) == 1
        await new_in_all_lanes(database, 1)
        await workers.until_done(len(LANES), 5)
        assert workers.lanes("b") == set(LANES)


async def test_what_one_that_died_owned_is_late_by_moments(database: Database) -> None:
    async with team(database, "a") as workers:
        await tell_of(database, "dead", await database.now() + HOUR)
        await workers.knows_itself()
        await new_in_all_lanes(database, 1)
        await workers.until_done(len(LANES))
        assert workers.lanes("a") == set(LANES)


async def test_one_not_seen_for_a_while_owns_nothing(database: Database) -> None:
    now = await database.now()
    await tell_of(database, "gone", now - 4 * SECOND)
    await tell_of(database, "forgotten", now - 60 * SECOND)
    one = Peers(database, QUEUE)
    await one.meet()
    assert all(map(one.owns, LANES))
    assert len(await seen(database)) == 2
    await tell_of(database, "alive", now)
    await one.meet()
    assert not all(map(one.owns, LANES))


async def tell_of(database: Database, worker: str, seen_at: int) -> None:
    row = Statement("insert into worker (queue, id, seen_at) values ($1, $2, $3)", rank=1)
    await database.commit(WriteSet(effects=(row.effect(worker, QUEUE, worker, seen_at),)))


async def test_who_has_nothing_to_do_helps_with_what_is_late(database: Database) -> None:
    """All lanes of one worker, whose slots are taken by what does not end."""
    hang = asyncio.Event()

    async with team(database, "idle") as workers:

        async def hanging(claim: Claim) -> Outcome:
            workers.seen["busy"].append(claim)
            await hang.wait()
            return Failed("late", None)

        stop = asyncio.Event()
        few = replace(FAST, slots=4, slots_per_lane=2)
        busy = Worker(database, QUEUE, {"note": hanging}, few, shared=True)
        workers.tasks["busy"] = asyncio.create_task(busy.run(stop))
        workers.stops["busy"] = stop
        await workers.knows_itself()
        for seq in (1, 2):
            await new_in_all_lanes(database, seq)
        await until(lambda: len(workers.seen["busy"]) == few.slots)
        taken = {claim.lane for claim in workers.seen["busy"]}
        await until(lambda: len(workers.seen["idle"]) == 2 * (len(LANES) - len(taken)), 30)
        assert workers.lanes("idle") == set(LANES) - taken
        hang.set()


async def test_one_that_does_not_look_is_not_alive(database: Database) -> None:
    stuck, well = Peers(database, QUEUE), Peers(database, QUEUE)
    for one in (stuck, well):
        await one.meet()
    await stuck.meet()
    before = min(await seen(database))
    well.due([], 0)
    await well.meet()
    assert min(await seen(database)) == before
    stuck.due([Lane("shop-1", 0, None)], 1)
    await stuck.meet()
    assert min(await seen(database)) > before


async def test_a_queue_that_is_not_shared_is_nobodys_business(database: Database) -> None:
    sink, stop = Sink(), asyncio.Event()
    task = asyncio.create_task(Worker(database, QUEUE, {"note": sink}, FAST).run(stop))
    await new_in_all_lanes(database, 1)
    await until(lambda: len(sink.seen) == len(LANES))
    stop.set()
    await task
    assert await seen(database) == []
