"""`smartcart deliveries …`: what was sent, over all orders."""

import asyncio
import json
import re

import pytest

from smartcart.kit.database import Database, open_database
from smartcart.marketplace.actions.telling import WEBHOOKS
from smartcart.marketplace.storage import MIGRATIONS
from smartcart.outbox import storage
from smartcart.outbox.entry import Trace
from tests.support.commands import Shell

DELIVERIES = ("deliveries", "list")
GIVEN_UP = Trace(500, 12, "192.0.2.7", "status", "sorry")


@pytest.fixture
def market(shell: Shell) -> Shell:
    """A marketplace with one merchant, who is told by webhook."""
    shell.add_shop()
    url = "https://shop.example/hook"
    shell.ok(
        "marketplace", "merchant", "set", "shop", "--webhook-url", url, "--domain", "shop.example"
    )
    return shell


@pytest.fixture
def orders(market: Shell) -> list[str]:
    """Two orders whose event was given up at its first request."""
    codes = [market.ok("place", "--sample", "plain").strip() for _ in range(2)]
    asyncio.run(give_up())
    return codes


async def give_up() -> None:
    """Settle all that waits as exhausted."""
    database = await open_database("marketplace.db", MIGRATIONS)
    try:
        await _give_up(database)
    finally:
        await database.close()


async def _give_up(database: Database) -> None:
    now = await database.now()
    for candidate in await storage.heads(database, WEBHOOKS, "shop", now, 100):
        await database.commit(storage.claim(candidate, "lease", now, now + 1))
        claim = storage.claimed(candidate, "lease", now)
        await database.commit(storage.exhausted(claim, now + 12_000, "500", GIVEN_UP))


def test_what_was_sent_is_listed(market: Shell, orders: list[str]) -> None:
    lines = market.ok(*DELIVERIES, "--order", orders[1]).splitlines()
    [line] = lines
    when = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    found = rf"{when}  {orders[1]} 1\.1 +shop +exhausted +12 ms  192\.0\.2\.7 +500"
    assert re.fullmatch(found, line), line


def test_the_list_goes_on_where_it_ended(market: Shell, orders: list[str]) -> None:
    first, more = market.ok(*DELIVERIES, "--limit", "1").splitlines()
    before = more.removeprefix("More: --before ")
    [second, _] = market.ok(*DELIVERIES, "--limit", "1", "--before", before).splitlines()
    assert {code for code in orders for line in (first, second) if code in line} == {*orders}


def test_as_json_with_what_the_answer_said(market: Shell, orders: list[str]) -> None:
    page = json.loads(
        market.ok(*DELIVERIES, "--merchant", "shop", "--outcome", "exhausted", "--json")
    )
    assert page["next"] is None
    assert sorted(one["order"] for one in page["deliveries"]) == sorted(orders)
    assert {one["excerpt"] for one in page["deliveries"]} == {"sorry"}


def test_an_empty_list_says_so(market: Shell, orders: list[str]) -> None:
    nothing = "No webhook request like that was made.\n"
    assert market.ok(*DELIVERIES, "--outcome", "delivered") == nothing
    assert market.ok(*DELIVERIES, "--since", "2099-01-01") == nothing


def test_what_is_not_understood_is_named(market: Shell) -> None:
    assert "since: 'noon' is not a moment like" in market.told(*DELIVERIES, "--since", "noon")
    assert "holds no marketplace's orders" in market.told(*DELIVERIES, "--database", "other.db")
