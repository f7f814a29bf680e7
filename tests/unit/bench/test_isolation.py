"""`bench.isolation`, counted: ten hostile merchants beside others, who miss nothing."""

from collections import Counter

from bench.isolation.hostile import hostile
from bench.isolation.scene import Attempted, Seen, Size, play
from bench.sender.sink import sink

SMALL = Size(well=30, rate=40, seconds=2, backlog=20, timeout_seconds=1.5, retry_seconds=2)
HOSTILE = frozenset(f"bad-{n}" for n in range(10))
TAKEN_BY_ITS_STATUS = {"bad-3", "bad-6"}
"""Crawls after a 200, and never ends after one: such an event is delivered."""


async def test_others_are_told_of_everything_while_ten_are_hostile(postgres_server: str) -> None:
    async with sink() as receiver, hostile() as urls:
        seen = await play(postgres_server, receiver, urls, SMALL)
    assert seen.failing == HOSTILE - TAKEN_BY_ITS_STATUS
    by_event = Counter(one.key for one in seen.attempts)
    assert by_event == {f"webhook/{code}": 1 + (code[-1] == "0") for code in seen.waits}
    assert set(by_event.values()) == {1, 2}


def test_late_is_from_the_commit_and_from_when_the_retry_was_due() -> None:
    attempts = [
        Attempted("a", 1, "failed", created_at=1_000_000, started_at=1_500_000),
        Attempted("a", 2, "delivered", created_at=1_000_000, started_at=7_750_000),
        Attempted("b", 1, "delivered", created_at=2_000_000, started_at=2_000_000),
    ]
    assert Seen({}, attempts, frozenset()).late(retry_seconds=6) == ([0.5, 0.0], [0.25])
