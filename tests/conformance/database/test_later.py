"""A database that cannot be opened at first: asked in vain, opened in time, and then like any."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from smartcart import outbox
from smartcart.kit.database import Database, DatabaseUnavailable, Later, WriteSet, open_database


class Door:
    """What keeps a database from being opened, until it is open."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_open = asyncio.Event()
        self.tries = 0

    async def open(self) -> Database:
        self.tries += 1
        if not self.is_open.is_set():
            raise DatabaseUnavailable("nobody answers")
        return await open_database(self.url, [outbox.MIGRATIONS])


@pytest.fixture
def door(database_url: str) -> Door:
    return Door(database_url)


@pytest.fixture
async def later(door: Door) -> AsyncIterator[Later]:
    later = Later(door.open, DatabaseUnavailable("nobody answers"))
    yield later
    await later.close()


async def test_until_it_is_open_everything_is_refused(door: Door, later: Later) -> None:
    for asked in (outbox.tail(later, "k"), later.commit(WriteSet()), later.now()):
        with pytest.raises(DatabaseUnavailable, match="nobody answers"):
            await asked


async def test_it_is_opened_as_soon_as_it_can_be_and_wakes_who_waited(
    door: Door, later: Later
) -> None:
    stop, woken = asyncio.Event(), later.wake_up("channel")
    running = asyncio.create_task(later.run(stop))
    async with asyncio.timeout(60):
        while not door.tries:
            await asyncio.sleep(0.01)
        door.is_open.set()
        while True:
            try:
                await later.commit(WriteSet(wakes=frozenset({"channel"})))
            except DatabaseUnavailable:
                await asyncio.sleep(0.01)
            else:
                break
        while not woken.is_set():
            await later.commit(WriteSet(wakes=frozenset({"channel"})))
            await asyncio.sleep(0.01)
        assert await outbox.tail(later, "k") == 0
        later.wake_up("channel")
        stop.set()
        await running


async def test_it_can_be_told_to_stop_before_it_is_open(door: Door, later: Later) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(later.run(stop))
    await asyncio.sleep(0.05)
    stop.set()
    async with asyncio.timeout(10):
        await running
    assert door.tries == 1
