"""What happened, told in order and as it happens, on every engine."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smartcart.kit import journal
from smartcart.kit.clock import micros, utc_now
from smartcart.kit.database import Conflict, Database, Statement, WriteSet, open_database
from smartcart.kit.journal.feed import feed, follow
from tests.support.market_server import serving

NEVER = Statement("update journal set what = what where id = $1", rank=1)
SECOND = 1_000_000


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await open_database(database_url, [journal.MIGRATIONS])
    yield opened
    await opened.close()


async def tell(database: Database, *whats: str, key: str = "order", at: int | None = None) -> None:
    start = micros(utc_now()) if at is None else at
    steps = tuple(journal.step(key, start + n, what) for n, what in enumerate(whats))
    await database.commit(WriteSet(effects=steps))


class Follower:
    """Reads along; `heard` is what it was told."""

    def __init__(self, database: Database, backlog: int) -> None:
        self.heard: list[str] = []
        self._steps = follow(database, backlog)
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for step in self._steps:
            if step is not None:
                self.heard.append(step.what)

    async def hears(self, count: int) -> list[str]:
        """What was told once `count` steps were, and time for more has passed."""
        async with asyncio.timeout(15):
            while len(self.heard) < count:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.25)
        return self.heard

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


@pytest.fixture
async def following(database: Database) -> AsyncIterator[list[Follower]]:
    """Followers put here are stopped in the end."""
    followers: list[Follower] = []
    yield followers
    for follower in followers:
        await follower.stop()


async def test_a_keys_history_is_told_in_order(database: Database) -> None:
    await tell(database, "placed", "accepted", key="a", at=100)
    await tell(database, "placed", key="b", at=50)
    await tell(database, "cancelled", key="a", at=7 * SECOND)
    assert [step.what for step in await journal.history(database, "a")] == [
        "placed", "accepted", "cancelled",
    ]  # fmt: skip
    assert await journal.history(database, "c") == []


async def test_facts_come_back_as_they_were(database: Database) -> None:
    facts: journal.Facts = {"code": "Ω-1", "n": 2, "paid": True, "none": None, "lines": [{"a": 1}]}
    step = journal.step("a", 5, "placed", facts)
    await database.commit(WriteSet(effects=(step,)))
    [kept] = await journal.history(database, "a")
    assert (kept.key, kept.at, kept.what) == ("a", 5, "placed")
    assert json.loads(kept.facts) == facts


async def test_a_step_is_told_only_if_the_change_it_is_about_was_made(database: Database) -> None:
    step = journal.step("a", 1, "placed")
    with pytest.raises(Conflict):
        await database.commit(WriteSet(guards=(NEVER.guard("x", "x"),), effects=(step,)))
    assert await journal.history(database, "a") == []


async def test_the_newest_are_given_oldest_first(database: Database) -> None:
    await tell(database, *"abcde")
    assert [step.what for step in await journal.latest(database, 3)] == ["c", "d", "e"]


async def test_pages_since_a_moment(database: Database) -> None:
    await tell(database, *"abcde", at=100)
    assert [step.what for step in await journal.since(database, 102, 2)] == ["c", "d"]


async def test_a_follower_hears_the_newest_and_then_what_happens(
    database: Database, following: list[Follower]
) -> None:
    await tell(database, *"abc")
    following.append(Follower(database, 2))
    assert await following[0].hears(2) == ["b", "c"]
    await tell(database, "d")
    await tell(database, "e", key="another")
    assert await following[0].hears(4) == ["b", "c", "d", "e"]


@pytest.mark.parametrize("backlog", [0, 1])
async def test_a_follower_hears_of_the_past_only_what_it_asked_for(
    database: Database, following: list[Follower], backlog: int
) -> None:
    """Neither what happened just now nor what happened long ago."""
    now = micros(utc_now())
    await tell(database, *"abc", at=now - 3600 * SECOND)
    await tell(database, *"def", at=now - SECOND)
    following.append(Follower(database, backlog))
    past = ["f"][:backlog]
    assert await following[0].hears(backlog) == past
    await tell(database, "g")
    assert await following[0].hears(backlog + 1) == [*past, "g"]


async def test_a_follower_of_an_empty_journal_hears_the_first_step(
    database: Database, following: list[Follower]
) -> None:
    following.append(Follower(database, 0))
    assert await following[0].hears(0) == []
    await tell(database, "a")
    assert await following[0].hears(1) == ["a"]


async def test_a_step_that_becomes_visible_late_is_still_told_and_once(
    database: Database, following: list[Follower]
) -> None:
    """Its moment is minted before its commit, which another may overtake."""
    await tell(database, "first")
    following.append(Follower(database, 10))
    await following[0].hears(1)
    await tell(database, "newer")
    await following[0].hears(2)
    await tell(database, "older", at=micros(utc_now()) - 2 * SECOND)
    assert await following[0].hears(3) == ["first", "newer", "older"]


async def test_more_steps_than_a_page_at_one_moment_are_all_told(
    database: Database, following: list[Follower]
) -> None:
    following.append(Follower(database, 0))
    await following[0].hears(0)
    now = micros(utc_now())
    steps = tuple(journal.step(f"k{n}", now + n // 700, f"s{n}") for n in range(1_400))
    await database.commit(WriteSet(effects=steps))
    heard = await following[0].hears(1_400)
    assert sorted(heard) == sorted(f"s{n}" for n in range(1_400))


async def test_what_another_program_tells_is_heard_too(
    database_url: str, database: Database, following: list[Follower]
) -> None:
    following.extend([Follower(database, 0), Follower(database, 5)])
    await following[0].hears(0)
    other = await open_database(database_url, [journal.MIGRATIONS])
    await tell(other, "from afar")
    await other.close()
    for follower in following:
        assert await follower.hears(1) == ["from afar"]


async def test_the_feed_speaks_server_sent_events(database: Database) -> None:
    def events(request: Request) -> Response:
        return feed(database, request)

    await tell(database, "a", "b", key="260312-1")
    app = Starlette(routes=[Route("/feed", events)])
    async with serving(app) as url, ClientSession() as session:
        for query, first in (("?latest=1", "b"), ("?latest=x", "a"), ("?latest=%C2%B2", "a")):
            async with session.get(f"{url}/feed{query}") as answer:
                assert answer.status == 200
                assert answer.content_type == "text/event-stream"
                assert answer.headers["Cache-Control"] == "no-store"
                lines = [await answer.content.readline() for _ in range(5)]
            assert lines[0] == b": hello\n"
            assert lines[2] == b"event: step\n"
            told = json.loads(lines[4].removeprefix(b"data: "))
            assert lines[3] == f"id: {told['id']}\n".encode()
            assert (told["key"], told["what"], told["facts"]) == ("260312-1", first, {})
            assert told["at"].endswith("+00:00")
