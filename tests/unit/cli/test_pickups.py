"""`smartcart orders pickups` and `resend`: the courier's round, and the latest event once more."""

import json

import pytest

from tests.support.commands import Shell


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


def test_what_the_courier_collects_on_a_day(market: Shell) -> None:
    code = market.ok("place", "--sample", "accepted").strip()
    order = json.loads(market.ok("orders", "show", code, "--json"))["order"]
    begin, end = order["pickup_window"]["from"], order["pickup_window"]["to"]
    day = begin[:10]
    expected = f"{begin[11:16]}-{end[11:16]}  {code:24} 1 parcel   {order['pickup_address']}\n"
    assert market.ok("orders", "pickups", "--day", day) == expected

    [stop] = json.loads(market.ok("orders", "pickups", "--day", day, "--json"))
    assert (stop["code"], stop["from"], stop["number_of_parcels"]) == (code, begin, 1)

    market.ok("orders", "cancel", code)
    assert market.ok("orders", "pickups", "--day", day) == "Nothing is collected on that day.\n"
    assert "2026-03-12" in market.told("orders", "pickups", "--day", "tomorrow")


def test_the_latest_event_is_sent_again(market: Shell) -> None:
    code = market.ok("place", "--sample", "plain").strip()
    assert market.ok("orders", "resend", code) == f"{code}: its latest event is sent again\n"
    steps = json.loads(market.ok("orders", "show", code, "--json"))["steps"]
    assert [step["what"] for step in steps] == ["placed", "resent"]
    assert "Order not found" in market.told("orders", "resend", "nothing")
