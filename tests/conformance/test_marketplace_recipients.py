"""Merchants that senders ask for at the same time are read together, and never from memory."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

import msgspec
import pytest
from msgspec.structs import replace

from smartcart.kit.database import Database, DatabaseUnavailable, Value
from smartcart.marketplace.actions import merchants
from smartcart.marketplace.webhook.recipients import Recipients
from tests.support.marketplace import a_merchant, add_merchant, emptied

T = TypeVar("T", bound=msgspec.Struct)


class Watched:
    """A database whose reads are counted, and whose answers wait for `go_on`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.reads = 0
        self.go_on = asyncio.Event()

    def __getattr__(self, name: str) -> object:
        return getattr(self._database, name)

    async def read(self, row: type[T], sql: str, *params: Value) -> list[T]:
        found = await self._database.read(row, sql, *params)
        self.reads += 1
        await self.go_on.wait()
        return found


@pytest.fixture
async def database(market_url: str) -> AsyncIterator[Database]:
    async with emptied(market_url) as opened_database:
        yield opened_database


@pytest.fixture
def watched(database: Database) -> Watched:
    return Watched(database)


async def until_read(watched: Watched, reads: int) -> None:
    async with asyncio.timeout(30):
        while watched.reads < reads:
            await asyncio.sleep(0.001)


async def test_all_who_ask_at_once_are_answered_by_one_query(
    database: Database, watched: Watched
) -> None:
    one, other = a_merchant("one"), a_merchant("other")
    for merchant in (one, other):
        await add_merchant(database, merchant)
    watched.go_on.set()
    recipients = Recipients(watched)  # type: ignore[arg-type]  # the rest is passed on
    asked = ["one", "other", "nobody", "one"]
    assert await asyncio.gather(*map(recipients.find, asked)) == [one, other, None, one]
    assert watched.reads == 1


async def test_who_asks_after_a_change_is_not_answered_by_a_read_from_before_it(
    database: Database, watched: Watched
) -> None:
    on = a_merchant()
    off = replace(on, webhook_enabled=False)
    await add_merchant(database, on)
    recipients = Recipients(watched)  # type: ignore[arg-type]  # the rest is passed on
    before = asyncio.create_task(recipients.find(on.id))
    await until_read(watched, 1)
    await merchants.change(database, off)
    after = asyncio.create_task(recipients.find(on.id))
    await until_read(watched, 2)
    watched.go_on.set()
    assert [await before, await after] == [on, off]


async def test_who_gives_up_waiting_does_not_take_the_answer_from_another(
    database: Database, watched: Watched
) -> None:
    await add_merchant(database, a_merchant())
    recipients = Recipients(watched)  # type: ignore[arg-type]  # the rest is passed on
    impatient, patient = (asyncio.create_task(recipients.find(a_merchant().id)) for _ in "ab")
    await until_read(watched, 1)
    impatient.cancel()
    watched.go_on.set()
    assert await patient == a_merchant()
    assert impatient.cancelled()


async def test_a_database_that_is_gone_is_told_to_everybody_who_asked(market_url: str) -> None:
    async with emptied(market_url) as database:
        recipients = Recipients(database)
    answers = await asyncio.gather(*map(recipients.find, "aba"), return_exceptions=True)
    assert [type(answer) for answer in answers] == [DatabaseUnavailable] * 3
