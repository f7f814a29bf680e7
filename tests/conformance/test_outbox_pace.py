"""The outbox on every engine when lanes fail: the others go on, and what fails is not forgotten."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from time import monotonic
from types import MappingProxyType

import msgspec
import pytest

from smartcart import outbox
from smartcart.kit.database import Database, Statement, WriteSet, open_database
from smartcart.outbox import Claim, Delivered, Failed, Limits, Outcome, Worker
from tests.conformance.test_outbox import QUEUE, Sink, add, entry, outcomes, settled, until, working

PATIENT = Limits(slots=8, slots_per_lane=4, lease_seconds=30, poll_seconds=0.02, failing_after=3)
NEWS = Statement(
    """insert into attempt (key, seq, n, started_at, settled_at, outcome, detail)
       values ($1, 0, $2, 0, 0, $3, '')""",
    rank=99,
)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await open_database(database_url, [outbox.MIGRATIONS])
    yield opened
    await opened.close()


class Known(msgspec.Struct):
    lane: str
    since: int


async def failing_lanes(database: Database) -> list[Known]:
    return await database.read(Known, "select lane, since from failing_lane order by lane")


class Shop:
    """Lanes that fail while they are told to, and what is in flight of each at most.

    What is asked for the first time waits until there were as many of its lane as `together` says.
    """

    def __init__(
        self,
        *failing: str,
        seconds: float = 0.01,
        together: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self.failing = set(failing)
        self.seconds = seconds
        self.together = {f"{lane} first": most for lane, most in together.items()}
        self.now: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.claims: list[Claim] = []

    async def __call__(self, claim: Claim) -> Outcome:
        self.claims.append(claim)
        key = f"{claim.lane} {'first' if claim.attempt == 1 else 'again'}"
        self.now[key] += 1
        self.most[key] = max(self.most[key], self.now[key])
        await asyncio.sleep(self.seconds)
        while self.most[key] < self.together.get(key, 0):
            await asyncio.sleep(0.005)
        self.now[key] -= 1
        if claim.lane not in self.failing:
            return Delivered()
        retry_at = claim.claimed_at + 100_000 if claim.attempt < 4 else None
        return Failed("no", retry_at, blames_lane=True)


@dataclass
class Stalled:
    """For how long the machine or its disk stood still, in all; nothing where neither did."""

    microseconds: float = 0


@asynccontextmanager
async def stalls(database: Database) -> AsyncIterator[Stalled]:
    stalled = Stalled()

    async def watch() -> None:
        for n in count():
            began = monotonic()
            await database.commit(WriteSet(effects=(NEWS.effect("tick", "tick", n, "tick"),)))
            await asyncio.sleep(0.01)
            took = monotonic() - began
            stalled.microseconds += 1_000_000 * took if took > 0.1 else 0

    watching = asyncio.create_task(watch())
    try:
        yield stalled
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_second_tries_keep_no_new_entry_waiting(database: Database) -> None:
    """As many as there are: lanes enough to take every slot, all of them hanging."""
    release = asyncio.Event()

    async def answer(claim: Claim) -> Outcome:
        if claim.lane == "new":
            return Delivered()
        if claim.attempt == 1:
            return Failed("no", 0)
        await release.wait()
        return Delivered()

    sink = Sink(answer)
    async with working(database, sink, PATIENT):
        await add(database, *(entry(f"k{n}", lane=f"bad{n % 10}") for n in range(30)))
        await until(lambda: sum(claim.attempt == 2 for claim in sink.seen) == 4)
        await add(database, *(entry(f"n{n}", lane="new") for n in range(50)))
        await until(lambda: sum(claim.lane == "new" for claim in sink.seen) == 50)
        assert sum(claim.attempt == 2 for claim in sink.seen) == 4
        release.set()
        await until(lambda: sum(claim.attempt == 2 for claim in sink.seen) == 30)


async def test_new_entries_without_end_keep_no_second_try_waiting(database: Database) -> None:
    async def answer(claim: Claim) -> Outcome:
        await asyncio.sleep(0.005)
        return Failed("no", 0) if claim.key == "again" and claim.attempt < 4 else Delivered()

    sink = Sink(answer)
    lanes = [f"lane{n}" for n in range(20)]
    await add(database, *(entry(f"{lane}/{n}", lane=lane) for lane in lanes for n in range(40)))
    await add(database, entry("again", lane="lane7", due=-1))
    async with working(database, sink, PATIENT):
        await settled(database, "again", 4)
        assert len(sink.seen) < 700


async def test_lanes_that_hang_ten_at_once_keep_neither_line_of_another_waiting(
    database: Database,
) -> None:
    """More of each hangs than it has slots, new entries and second tries, and none is let go."""
    roomy = replace(PATIENT, slots=64, slots_per_lane=4, failing_after=1_000)
    release = asyncio.Event()

    async def answer(claim: Claim) -> Outcome:
        if claim.lane == "well":
            return Failed("no", 0) if claim.attempt == 1 else Delivered()
        if claim.attempt == 1 and claim.key.startswith("again"):
            return Failed("no", 0)
        await release.wait()
        return Delivered()

    sink = Sink(answer)

    def hanging() -> int:
        again = sum(claim.attempt == 2 and claim.lane != "well" for claim in sink.seen)
        return again + sum(claim.key.startswith("new") for claim in sink.seen)

    async with working(database, sink, roomy):
        lanes = [f"bad{n}" for n in range(10)]
        await add(
            database, *(entry(f"again/{lane}/{n}", lane=lane) for lane in lanes for n in range(5))
        )
        await until(lambda: hanging() == 20)
        await add(
            database, *(entry(f"new/{lane}/{n}", lane=lane) for lane in lanes for n in range(5))
        )
        await until(lambda: hanging() == 40)
        await add(database, *(entry(f"w{n}", lane="well") for n in range(20)))
        for n in range(20):
            await settled(database, f"w{n}", 2)
        assert hanging() == 40
        release.set()
        await until(lambda: hanging() == 100)


async def test_of_a_failing_lane_one_new_entry_is_tried_at_a_time_and_each_as_often_as_any(
    database: Database,
) -> None:
    shop = Shop("bad", seconds=0.05, together={"good": 8})
    patient = replace(PATIENT, slots=16, slots_per_lane=8)
    async with working(database, shop, patient), stalls(database) as stalled:
        await add(database, *(entry(f"first{n}", lane="bad") for n in range(3)))
        for n in range(3):
            await settled(database, f"first{n}", 1)
        await until_failing(database, ["bad"])
        shop.most.clear()
        await add(database, *(entry(f"b{n}", lane="bad") for n in range(12)))
        await add(database, *(entry(f"g{n}", lane="good") for n in range(12)))
        for n in range(12):
            found = await settled(database, f"b{n}", 4)
            assert [how for _, _, how in found] == ["failed", "failed", "failed", "exhausted"]
    assert shop.most["bad first"] == 1
    assert shop.most["bad again"] > 1
    assert shop.most["good first"] == 8
    again = [claim for claim in shop.claims if claim.key.startswith("b")]
    late = [claim.claimed_at - claim.first_attempt_at for claim in again if claim.attempt == 4]
    assert max(late) < 3 * 100_000 + 400_000 + stalled.microseconds


async def test_it_recovers_by_itself_and_everybody_is_told_once(database: Database) -> None:
    told = []

    def tell(lane: str, since: int | None) -> WriteSet:
        told.append(lane)
        what = "recovered" if since is None else "failing"
        return WriteSet(effects=(NEWS.effect(lane, f"news/{lane}", len(told), what),))

    shop = Shop("bad", seconds=0.05)
    stop = asyncio.Event()
    workers = [Worker(database, QUEUE, {"note": shop}, PATIENT, tell) for _ in range(2)]
    running = [asyncio.create_task(worker.run(stop)) for worker in workers]
    before = await database.now()
    await add(database, *(entry(f"b{n}", lane="bad") for n in range(120)))
    await until_failing(database, ["bad"])
    [known] = await failing_lanes(database)
    assert before <= known.since <= await database.now()
    assert shop.most["bad first"] > 2
    await asyncio.sleep(1)  # the other worker is to hear of it
    shop.most.clear()
    await asyncio.sleep(0.5)
    assert shop.most["bad first"] <= 2  # a worker's one, and the other's
    shop.failing.clear()
    await until_failing(database, [])
    shop.most.clear()
    async with asyncio.timeout(20):
        while await waiting(database):
            await asyncio.sleep(0.01)
    stop.set()
    await asyncio.gather(*running)
    assert shop.most["bad first"] > 2
    assert [how for _, _, how in await outcomes(database, "news/bad")] == ["failing", "recovered"]


async def test_a_worker_that_is_new_knows_what_fails(database: Database) -> None:
    await database.commit(outbox.storage.failing(QUEUE, "bad", 5))
    await add(database, *(entry(f"b{n}", lane="bad") for n in range(4)))
    shop = Shop("bad", seconds=0.1)
    async with working(database, shop, PATIENT):
        await until(lambda: len(shop.claims) >= 3)
    assert shop.most["bad first"] == 1
    assert [known.since for known in await failing_lanes(database)] == [5]


async def test_failures_between_successes_and_those_of_one_entry_alone_are_no_sign(
    database: Database,
) -> None:
    async def answer(claim: Claim) -> Outcome:
        if claim.key == "mine":
            return Failed("no", 0 if claim.attempt < 9 else None)  # nothing to do with its lane
        return Failed("no", None, blames_lane=True) if claim.seq % 3 else Delivered()

    async with working(database, Sink(answer), PATIENT):
        await add(database, entry("mine", lane="odd"))
        await settled(database, "mine", 9)
        for seq in range(1, 10):
            await add(database, entry("a", seq, lane="lane"))
        await settled(database, "a", 9)
    assert await failing_lanes(database) == []


async def waiting(database: Database) -> list[Known]:
    """Streams that are not done."""
    return await database.read(Known, "select lane, 0 as since from stream where due is not null")


async def until_failing(database: Database, lanes: list[str]) -> None:
    async with asyncio.timeout(20):
        while [known.lane for known in await failing_lanes(database)] != lanes:
            await asyncio.sleep(0.01)


async def test_a_failing_lane_begins_no_more_than_can_be_tried_again_in_time(
    database: Database,
) -> None:
    """Tries enough to take every slot for seconds; each entry still has all of its own in time."""
    shop = Shop("bad", seconds=0.1)
    late: list[int] = []

    async def answer(claim: Claim) -> Outcome:
        outcome = await shop(claim)
        if claim.attempt > 1:
            late.append(claim.claimed_at - claim.first_attempt_at - 100_000 * (claim.attempt - 1))
        if isinstance(outcome, Failed) and outcome.retry_at is not None:
            retry_at = claim.first_attempt_at + claim.attempt * 100_000
            return Failed("no", retry_at, blames_lane=True)
        return outcome

    tight = replace(PATIENT, slots=4, slots_per_lane=4, poll_seconds=0.05)
    await add(database, *(entry(f"b{n}", lane="bad") for n in range(40)))
    async with working(database, answer, tight), stalls(database) as stalled, asyncio.timeout(60):
        while await waiting(database):
            await asyncio.sleep(0.02)
    assert {len(await outcomes(database, f"b{n}")) for n in range(40)} == {4}
    assert max(late) < 2_500_000 + stalled.microseconds
