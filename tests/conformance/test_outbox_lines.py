"""The outbox on every engine: neither of its two lines waits for what the other has begun."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

import pytest

from smartcart import outbox
from smartcart.kit.database import (
    Database,
    DatabaseUnavailable,
    Statement,
    Value,
    WriteSet,
    open_database,
)
from smartcart.kit.database.interface import T
from smartcart.outbox import Claim, Delivered, Failed, Limits, Outcome, storage
from tests.conformance.test_outbox import Sink, add, entry, outcomes, settled, until, working
from tests.support.passing_on import PassingOn

LIMITS = Limits(slots=8, slots_per_lane=4, lease_seconds=30, poll_seconds=0.02)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await open_database(database_url, [outbox.MIGRATIONS])
    yield opened
    await opened.close()


@dataclass
class Slow(PassingOn):
    """The database, but the claims of some keys are not written before they are let go.

    With `is_told_late` they are, and only whoever claims does not hear of it.
    """

    holds: Callable[[str], bool]
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    held: list[str] = field(default_factory=list)
    is_told_late: bool = False
    is_away: bool = False
    refused: int = 0
    looks: int = 0
    durable: list[bool] = field(default_factory=list)

    async def read(self, row: type[T], sql: str, *params: Value) -> list[T]:
        self.looks += row is storage.Lane
        return await self.database.read(row, sql, *params)

    async def commit(self, write_set: WriteSet) -> None:
        self.durable.append(write_set.durable)
        keys = [one.key for one in write_set.guards if "claimed_at" in one.statement.sql]
        if keys and self.is_away:
            self.refused += 1
            raise DatabaseUnavailable("away for a moment")
        is_held = any(map(self.holds, keys))
        if self.is_told_late or not is_held:
            await self.database.commit(write_set)
        if is_held:
            self.held += keys
            await self.let_go.wait()
        if is_held and not self.is_told_late:
            await self.database.commit(write_set)


async def test_a_first_request_does_not_wait_for_claims_of_what_is_tried_again(
    database: Database,
) -> None:
    async def answer(claim: Claim) -> Outcome:
        return Failed("no", 0) if claim.attempt == 1 and claim.lane == "bad" else Delivered()

    await add(database, entry("bad", lane="bad"))
    sink = Sink(answer)
    slow = Slow(database, lambda key: key == "bad" and bool(sink.seen))
    async with working(slow, sink, replace(LIMITS, poll_seconds=0.2)):
        await until(lambda: slow.held == ["bad"])
        await add(database, entry("good", lane="good"))
        await settled(database, "good", 1)
        assert [(claim.key, claim.attempt) for claim in sink.seen] == [("bad", 1), ("good", 1)]
        slow.let_go.set()
        await settled(database, "bad", 2)
    assert slow.held == ["bad"]


async def test_a_first_request_does_not_wait_for_the_claims_of_others_before_it(
    database: Database,
) -> None:
    slow = Slow(database, lambda key: key == "a")
    sink = Sink()
    async with working(slow, sink, replace(LIMITS, poll_seconds=5)):
        await add(database, entry("a"))
        await until(lambda: slow.held == ["a"])
        for key in "bcd":
            await add(database, entry(key))
            await settled(database, key, 1)
        assert sink.payloads == ["b/1", "c/1", "d/1"]
        slow.let_go.set()
        await settled(database, "a", 1)
    assert slow.held == ["a"]  # and was not claimed again while that went on


async def test_what_is_being_claimed_holds_a_slot_and_keeps_others_of_its_lane_in_sight(
    database: Database,
) -> None:
    held = {f"a{n}" for n in range(3)}
    slow = Slow(database, lambda key: key in held)
    release = asyncio.Event()

    async def answer(claim: Claim) -> Outcome:
        await release.wait()
        return Delivered()

    sink = Sink(answer)
    await add(database, *(entry(f"a{n}") for n in range(8)))
    async with working(slow, sink, LIMITS):
        await until(lambda: len(sink.seen) == 1)
        await asyncio.sleep(0.1)
        assert sink.payloads == ["a3/1"]
        assert set(slow.held) == held
        release.set()
        await until(lambda: len(sink.seen) == 5)
        assert sorted(sink.payloads) == [f"a{n}/1" for n in range(3, 8)]
        slow.let_go.set()
        await until(lambda: len(sink.seen) == 8)
    assert sorted(slow.held) == sorted(held)


@pytest.mark.parametrize(("slots", "slots_per_lane"), [(1, 1), (2, 2), (8, 2), (8, 1)])
async def test_what_is_tried_again_has_the_next_slot_of_those_that_new_entries_take(
    database: Database, slots: int, slots_per_lane: int
) -> None:
    """Of one lane and of all: there are always new entries enough to take whatever is free."""

    async def answer(claim: Claim) -> Outcome:
        await asyncio.sleep(0.002)
        return Failed("no", 0) if claim.key == "bad" and claim.attempt == 1 else Delivered()

    sink = Sink(answer)
    await add(database, entry("bad", lane="a"), *(entry(f"n{n:03}", lane="a") for n in range(300)))
    tight = Limits(slots=slots, slots_per_lane=slots_per_lane, lease_seconds=30, poll_seconds=0.05)
    async with working(database, sink, tight):
        await until(lambda: len(sink.seen) == 302)
    order = [claim.key for claim in sink.seen]
    second = [n for n, key in enumerate(order) if key == "bad"][1]
    assert second < 150, "it waited until the new ones were done"


async def test_a_worker_whose_claims_fail_tries_again_after_a_pause_and_loses_nothing(
    database: Database,
) -> None:
    slow = Slow(database, lambda _key: False, is_away=True)
    sink = Sink()
    await add(database, *(entry(f"k{n}", lane=f"lane{n}") for n in range(6)))
    async with working(slow, sink, replace(LIMITS, poll_seconds=0.1)):
        await until(lambda: slow.refused >= 12)
        await asyncio.sleep(0.25)
        assert slow.refused <= 36
        slow.is_away = False
        await until(lambda: len(sink.seen) == 6)
    assert sorted(sink.payloads) == [f"k{n}/1" for n in range(6)]


async def test_a_claim_of_which_a_stopped_worker_did_not_hear_is_given_back(
    database: Database,
) -> None:
    await add(database, entry("a"))
    slow = Slow(database, lambda key: key == "a", is_told_late=True)
    sink = Sink()
    async with working(slow, sink, replace(LIMITS, drain_seconds=0.05)):
        await until(lambda: slow.held == ["a"])
    assert await outcomes(database, "a") == [(1, 1, "failed")]
    async with working(database, sink, LIMITS):
        await settled(database, "a", 2)
    assert [(claim.key, claim.attempt) for claim in sink.seen] == [("a", 2)]


async def test_one_look_finds_an_entry_and_another_what_follows_it_when_it_is_done(
    database: Database,
) -> None:
    async def answer(claim: Claim) -> Outcome:
        return Failed("no", 10**18) if claim.key == "bad" else Delivered()

    slow = Slow(database, lambda _key: False)
    async with working(slow, Sink(answer), replace(LIMITS, poll_seconds=30)):
        await until(lambda: slow.looks == 2)
        await asyncio.sleep(0.1)  # for the listening connection
        for key, looks in (("good", 4), ("bad", 5)):
            await add(database, entry(key, lane=key))
            await settled(database, key, 1)
            await asyncio.sleep(0.2)
            assert slow.looks == looks


@pytest.mark.parametrize("durable", [True, False])
async def test_only_what_ends_an_entry_must_reach_the_disk_where_tries_need_not(
    database: Database, *, durable: bool
) -> None:
    """A claim, a failure, a claim, and the end: delivered, or given up."""

    async def answer(claim: Claim) -> Outcome:
        if claim.attempt == 1:
            return Failed("no", 0)
        return Delivered() if claim.key == "good" else Failed("no", None)

    slow = Slow(database, lambda _key: False)
    async with working(slow, Sink(answer), replace(LIMITS, durable_tries=durable)):
        for key in ("good", "bad"):
            await add(database, entry(key))
            await settled(database, key, 2)
            assert slow.durable == [durable, durable, durable, True]
            slow.durable.clear()


_FORGET = Statement(
    "update stream set lease = null, tries = 0, first_try = null, due = 0 where key = $1", rank=81
)


async def test_a_claim_that_the_database_has_forgotten_holds_for_the_worker_that_made_it(
    database: Database,
) -> None:
    """Or a request that still runs would be overtaken: by itself, and by what comes after it."""
    done = asyncio.Event()

    async def answer(_claim: Claim) -> Outcome:
        await done.wait()
        return Delivered()

    sink = Sink(answer)
    await add(database, entry("a", 1), entry("a", 2))
    async with working(database, sink, replace(LIMITS, lease_seconds=5)):
        await until(lambda: len(sink.seen) == 1)
        await database.commit(WriteSet(guards=(_FORGET.guard("a", "a"),)))
        await asyncio.sleep(0.5)
        assert sink.payloads == ["a/1"]
        await until(lambda: sink.payloads == ["a/1", "a/1"])  # when the lease ends
        done.set()
        await settled(database, "a", 2)
    assert sink.payloads == ["a/1", "a/1", "a/2"]
    assert await outcomes(database, "a") == [(1, 1, "delivered"), (2, 1, "delivered")]
