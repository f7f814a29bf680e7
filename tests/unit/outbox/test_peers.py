"""Whose a lane is, when several workers are at one queue."""

import asyncio
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from smartcart.kit.database import DatabaseUnavailable, WriteSet
from smartcart.outbox.peers import Peers, owner
from smartcart.outbox.storage import Lane, wake_channel
from tests.support.passing_on import PassingOn

WORKERS = st.sets(st.text("0123456789abcdef", min_size=4, max_size=24), min_size=1, max_size=9)
LANES = [f"shop-{n}" for n in range(200)]
SECOND = 1_000_000


class Away(PassingOn):
    def __init__(self) -> None:
        """No database is asked."""


@given(workers=WORKERS, newcomer=st.text("xyz", min_size=4, max_size=9))
def test_when_one_comes_or_goes_only_its_own_lanes_move(workers: set[str], newcomer: str) -> None:
    before = {lane: owner(lane, sorted(workers)) for lane in LANES}
    after = {lane: owner(lane, {*workers, newcomer}) for lane in LANES}
    assert before == {lane: owner(lane, sorted(workers, reverse=True)) for lane in LANES}
    assert {after[lane] for lane in LANES if after[lane] != before[lane]} <= {newcomer}


def test_each_has_about_its_share() -> None:
    held = Counter(owner(f"shop-{n}", ["a", "b", "c", "d"]) for n in range(4_000))
    assert set(held) == set("abcd")
    assert min(held.values()) > 900
    assert max(held.values()) < 1_100


def test_a_worker_alone_owns_all() -> None:
    alone = Peers(Away(), "test")
    found = alone.due([Lane("a", 5, None), Lane("b", 11, None), Lane("c", 10, None)], 10)
    assert [one.lane for one in found.own] == ["a", "c"]
    assert not found.late
    assert all(alone.concerns(wake_channel("test", lane)) for lane in LANES)


def test_one_of_two_owns_a_part_and_sees_of_the_others_what_is_late() -> None:
    peers = Peers(Away(), "test")
    peers.know({"somebody else"})
    own = {lane for lane in LANES if peers.owns(lane)}
    assert 50 < len(own) < 150
    now = 10 * SECOND
    fresh = peers.due([Lane(lane, now, None) for lane in LANES], now)
    assert ({one.lane for one in fresh.own}, list(fresh.late)) == (own, [])
    late = peers.due([Lane(lane, now - SECOND // 4, None) for lane in LANES], now)
    assert [one.lane for one in late.own] == [lane for lane in LANES if lane in own]
    assert [one.lane for one in late.late] == [lane for lane in LANES if lane not in own]
    assert {lane for lane in LANES if peers.concerns(wake_channel("test", lane))} == own


def test_a_channel_that_was_cut_short_concerns_everybody() -> None:
    peers = Peers(Away(), "test")
    peers.know({"somebody else"})
    assert peers.concerns("outbox/test")
    assert not all(peers.concerns(f"outbox/test/{lane}") for lane in LANES)


def test_lanes_are_shared_anew_when_somebody_goes() -> None:
    peers = Peers(Away(), "test")
    peers.know({"somebody else"})
    assert not all(map(peers.owns, LANES))
    peers.know(set())
    assert all(map(peers.owns, LANES))


def test_a_worker_is_told_to_stop_while_its_database_is_away() -> None:
    class Refusing(Away):
        async def now(self) -> int:
            raise DatabaseUnavailable("away")

        async def commit(self, write_set: WriteSet) -> None:
            raise DatabaseUnavailable("away")

    async def stopped() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(Peers(Refusing(), "test").run(stop))
        await asyncio.sleep(0.05)
        assert not running.done()
        stop.set()
        await asyncio.wait_for(running, 5)

    asyncio.run(stopped())
