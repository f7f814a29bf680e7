"""The events of demo orders: true changes of orders that were in a state to change so (§5, §6)."""

from datetime import datetime, timedelta

import pytest

from smartcart.contract import Changes, Event, athens, encode, parse_event
from smartcart.marketplace.domain.document import document
from smartcart.marketplace.sandbox.demo import Demo, DemoOrders, codes
from smartcart.marketplace.sandbox.triggers import Trigger, has_events, made
from tests.support.marketplace import NOW, a_merchant
from tests.support.proving import proves

SANDBOX = DemoOrders("https://market.example", "Skroutz Last Mile")
LONG_AGO = NOW - timedelta(days=1)
CODES = [code for code in codes() if code != "DEMO-RETURN"]


def demo(code: str) -> Demo:
    found = SANDBOX.find(code, a_merchant(), NOW)
    assert found is not None
    return found


def event(code: str, kind: Trigger, told_at: datetime = LONG_AGO) -> Event:
    return made(demo(code), kind, told_at, NOW)


def changed(changes: Changes | None) -> set[str]:
    assert changes is not None
    return {name for name in changes.__struct_fields__ if getattr(changes, name) is not None}


@proves("trigger.demo-return")
def test_all_but_one_have_events() -> None:
    assert [code for code in codes() if has_events(demo(code))] == CODES


@proves("trigger.creation")
@pytest.mark.parametrize("code", CODES)
def test_creation_is_the_order_as_it_is_shown_or_was_placed(code: str) -> None:
    told = event(code, Trigger.CREATION)
    assert (told.event_type, told.changes) == ("new_order", None)
    placed = {
        "DEMO-REJECTED": demo(code).opened(),
        "DEMO-FBS-DISPATCHED": demo(code).accepted(),
    }
    assert told.order == document(placed.get(code, demo(code).shown()), NOW)
    assert told.order.state in ("open", "accepted")
    assert (told.order.accept_options is not None) == (told.order.state == "open")


@proves("trigger.voucher_update")
@pytest.mark.parametrize("code", CODES)
def test_voucher_update_is_of_an_accepted_order_that_had_none(code: str) -> None:
    told = event(code, Trigger.VOUCHER_UPDATE)
    assert (told.event_type, told.order.state) == ("order_updated", "accepted")
    assert changed(told.changes) == {"courier_voucher", "courier_tracking_codes"}
    assert told.changes is not None
    voucher, tracking = told.changes.courier_voucher, told.changes.courier_tracking_codes
    assert voucher is not None
    assert tracking is not None
    url = f"https://market.example/sandbox/{code}/voucher.pdf"
    assert (voucher.old, voucher.new) == (None, url)
    assert (told.order.courier_voucher, told.order.courier_tracking_codes) == (url, tracking.new)
    assert tracking.old == ()
    assert tracking.new is not None
    assert len(tracking.new) == 1


@proves("trigger.extension")
@pytest.mark.parametrize("code", CODES)
def test_extension_is_of_an_open_order_and_moves_both_by_a_day(code: str) -> None:
    told = event(code, Trigger.EXTENSION)
    assert (told.event_type, told.order.state) == ("order_updated", "open")
    never_dispatched = {"DEMO-STORE-PICKUP"}
    both = {"expires_at", "dispatch_until"}
    assert changed(told.changes) == (
        both - {"dispatch_until"} if code in never_dispatched else both
    )
    before = document(demo(code).opened(), NOW)
    assert told.changes is not None
    for name in changed(told.changes):
        change = getattr(told.changes, name)
        assert (change.old, change.new) == (getattr(before, name), getattr(told.order, name))
        assert change.new - change.old == timedelta(days=1)
    assert told.order.accept_options == before.accept_options


@proves("trigger.cancellation")
@pytest.mark.parametrize("code", CODES)
def test_cancellation_is_from_the_state_it_is_shown_in(code: str) -> None:
    told = event(code, Trigger.CANCELLATION)
    assert (told.event_type, told.order.state) == ("order_updated", "cancelled")
    assert changed(told.changes) == {"state"}
    shown = document(demo(code).shown(), NOW)
    assert told.changes is not None
    assert told.changes.state is not None
    was = "open" if code == "DEMO-REJECTED" else shown.state
    assert (told.changes.state.old, told.changes.state.new) == (was, "cancelled")
    assert told.order.courier_voucher == shown.courier_voucher
    assert (told.order.accept_options, told.order.reject_options) == (None, None)


@pytest.mark.parametrize("kind", Trigger)
@pytest.mark.parametrize("code", CODES)
def test_every_event_is_read_back_as_it_was_made(code: str, kind: Trigger) -> None:
    told = event(code, kind)
    assert parse_event(encode(told)) == told
    assert told.event_time == athens(NOW)


def test_an_event_is_dated_after_the_one_before() -> None:
    for ahead in (0, 1, 7):
        last = NOW + timedelta(seconds=ahead)
        told = event("DEMO-OPEN", Trigger.CANCELLATION, last)
        assert told.event_time == athens(last) + timedelta(seconds=1)
