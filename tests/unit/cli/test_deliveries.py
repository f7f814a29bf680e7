"""`smartcart deliveries …`: what was sent, over all orders."""

import asyncio
import json
import re

import pytest

from smartcart import outbox
from smartcart.kit.database import Database, open_database
from smartcart.marketplace.actions.telling import WEBHOOKS
from smartcart.marketplace.panel import exhausted as given_up
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
        *("marketplace", "merchant", "set", "shop", "--no-verify"),
        *("--webhook-url", url, "--domain", "shop.example"),
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
    for candidate in await storage.heads(database, WEBHOOKS, {"shop": 100}, now):
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


def test_what_was_given_up_is_listed_oldest_first(market: Shell, orders: list[str]) -> None:
    lines = market.ok("deliveries", "exhausted", "--merchant", "shop").splitlines()
    when = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    for line in lines:
        assert re.fullmatch(rf"{when}  (\S+) +1 +shop +given up {when}  500", line), line
    first, more = market.ok("deliveries", "exhausted", "--limit", "1").splitlines()
    assert first == lines[0]
    after = more.removeprefix("More, 2 in all: --after ")
    second = market.ok("deliveries", "exhausted", "--after", after).splitlines()
    assert second == lines[1:]
    page = json.loads(market.ok("deliveries", "exhausted", "--order", orders[0], "--json"))
    assert [one["order"] for one in page["exhausted"]] == orders[:1]


def test_of_many_it_is_said_how_many_there_are_at_least(
    market: Shell, orders: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(given_up, "_MOST", 1)
    found = market.ok("deliveries", "exhausted", "--limit", "1")
    assert "More, at least 1 in all: --after " in found


def test_a_list_goes_on_until_it_has_something(
    market: Shell, orders: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One call looks at a few only; the first of them are written again already."""
    monkeypatch.setattr(outbox.exhausted, "_LOOKS", 1)
    monkeypatch.setattr(outbox.exhausted, "_MOST_LOOKED_AT", 1)
    [first, _] = market.ok("deliveries", "exhausted", "--limit", "1").splitlines()
    [code] = [code for code in orders if code in first]
    market.ok("deliveries", "resend", "--order", code)
    second, *_ = market.ok("deliveries", "exhausted", "--limit", "1").splitlines()
    [other] = [one for one in orders if one != code]
    assert other in second


def test_what_was_given_up_is_sent_again(market: Shell, orders: list[str]) -> None:
    resend = ("deliveries", "resend")
    one = market.ok(*resend, "--order", orders[0], "--event", "1")
    assert one == "Sent again: 1\n"
    rest = market.run(
        *resend, "--merchant", "shop", "--since", "2020-01-01", "--until", "2099-01-01"
    )
    assert (rest.exit_code, rest.stdout) == (0, "Sent again: 1\n")
    assert "sending again" in rest.stderr
    assert json.loads(market.ok(*resend, "--merchant", "shop", "--json")) == {
        "resent": 0,
        "skipped": 0,
    }
    nothing = "No event was given up, or all were sent again.\n"
    assert market.ok("deliveries", "exhausted") == nothing
    for code in orders:
        shown = json.loads(market.ok("orders", "show", code, "--json"))
        payloads = [each["payload"] for each in shown["deliveries"]]
        assert payloads[0] == payloads[1]
        assert len(payloads) == 2


def test_shops_that_are_told_nothing_are_left_out(market: Shell, orders: list[str]) -> None:
    market.ok("marketplace", "merchant", "set", "shop", "--webhook", "off")
    assert market.ok("deliveries", "resend", "--merchant", "shop") == (
        "Sent again: 0\nLeft out, as their shops are told nothing any more: 2\n"
    )


def test_nobody_means_everything_there_ever_was(market: Shell) -> None:
    assert "say which: give at least one of" in market.told("deliveries", "resend")


def test_an_empty_list_says_so(market: Shell, orders: list[str]) -> None:
    nothing = "No webhook request like that was made.\n"
    assert market.ok(*DELIVERIES, "--outcome", "delivered") == nothing
    assert market.ok(*DELIVERIES, "--since", "2099-01-01") == nothing


def test_what_is_not_understood_is_named(market: Shell) -> None:
    assert "since: 'noon' is not a moment like" in market.told(*DELIVERIES, "--since", "noon")
    assert "holds no marketplace's orders" in market.told(*DELIVERIES, "--database", "other.db")
