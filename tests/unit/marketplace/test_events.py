"""What a merchant is told of a change (contract §5)."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from smartcart.contract import ATHENS, RejectRequest
from smartcart.contract import encode as encoded
from smartcart.marketplace.domain import answers, events, operations
from smartcart.marketplace.domain.order import IssuedVoucher, Order
from tests.support.marketplace import NOW, acceptance_of, an_order, later
from tests.support.proving import proves

VOUCHER = IssuedVoucher("https://market.example/vouchers/x.pdf", ("SC1",))


def accepted(order: Order) -> Order:
    return answers.accept(order, acceptance_of(order), NOW)


def told(before: Order | None, after: Order, now: datetime = NOW) -> dict[str, object]:
    event = events.event(before, after, now)
    assert event is not None
    return msgspec.json.decode(encoded(event), type=dict[str, object])


def changes(before: Order, after: Order, now: datetime = NOW) -> object:
    return told(before, after, now)["changes"]


@proves("moment.placed", "webhook.no-additions")
def test_a_placement_is_a_new_order_without_changes() -> None:
    event = told(None, an_order())
    assert list(event) == ["event_type", "event_time", "order"]
    assert event["event_type"] == "new_order"
    assert event["event_time"] == "2026-03-12T09:41:07+02:00"


@proves("event.event_type", "event.order")
def test_a_change_is_an_update_with_the_order_as_it_is_after() -> None:
    event = events.event(an_order(), accepted(an_order()), NOW)
    assert event is not None
    assert event.event_type == "order_updated"
    assert event.order.state == "accepted"
    assert event.order.accept_options is None


@proves("moment.accepted")
def test_accepting_changes_state_and_what_was_chosen() -> None:
    assert changes(an_order(), accepted(an_order())) == {
        "state": {"old": "open", "new": "accepted"},
        "pickup_window": {
            "old": None,
            "new": {"from": "2026-03-12T12:00:00+02:00", "to": "2026-03-12T15:00:00+02:00"},
        },
        "number_of_parcels": {"old": None, "new": 1},
        "pickup_address": {"old": None, "new": "Ερμού 12, Τ.Κ. 10563, Αθήνα, Αττική"},
    }


@proves("moment.voucher")
def test_a_voucher_changes_its_two_fields_together() -> None:
    before = accepted(an_order())
    assert changes(before, operations.with_voucher(before, VOUCHER)) == {
        "courier_voucher": {"old": None, "new": "https://market.example/vouchers/x.pdf"},
        "courier_tracking_codes": {"old": [], "new": ["SC1"]},
    }


@proves("moment.extended")
def test_extending_changes_both_times_and_nothing_else() -> None:
    order = an_order()
    assert changes(order, operations.extend(order, timedelta(hours=24), NOW)) == {
        "expires_at": {"old": "2026-03-13T09:41:07+02:00", "new": "2026-03-14T09:41:07+02:00"},
        "dispatch_until": {"old": "2026-03-16T18:00:00+02:00", "new": "2026-03-17T18:00:00+02:00"},
    }


@proves("moment.rejected", "moment.cancelled", "moment.expired")
def test_rejecting_cancelling_and_expiring_change_the_state_alone() -> None:
    order = an_order()
    rejected = answers.reject(order, RejectRequest(rejection_reason_other="όχι"), NOW)
    assert changes(order, rejected) == {"state": {"old": "open", "new": "rejected"}}
    cancelled = operations.cancel(accepted(order))
    assert changes(accepted(order), cancelled) == {"state": {"old": "accepted", "new": "cancelled"}}
    expired = operations.expire(order, order.expires_at)
    assert changes(order, expired, order.expires_at) == {"state": {"old": "open", "new": "expired"}}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("comments", "άλλα"),
        ("set_as_ready_required", True),
        ("version", 9),
        ("windows", ()),
    ],
)
def test_of_other_fields_nothing_is_told(field: str, value: object) -> None:
    order = an_order()
    assert events.event(order, msgspec.structs.replace(order, **{field: value}), NOW) is None


def test_the_event_is_dated_in_whole_seconds_of_athens() -> None:
    order = an_order(told_at=later(seconds=-10))
    now = NOW.astimezone(UTC) + timedelta(microseconds=999_999)
    assert events.time_to_tell(order, now).isoformat() == "2026-03-12T09:41:07+02:00"


def test_no_two_events_of_an_order_share_a_second() -> None:
    order, times = an_order(), []
    for n in range(5):
        now = NOW + timedelta(milliseconds=100 * n)
        order = msgspec.structs.replace(order, told_at=events.time_to_tell(order, now))
        times.append(order.told_at)
    assert times == [NOW + timedelta(seconds=n) for n in range(5)]


def test_after_a_burst_events_are_dated_by_the_clock_again() -> None:
    order = an_order(told_at=later(seconds=3))
    assert events.time_to_tell(order, later(seconds=60)) == later(seconds=60)


@pytest.mark.parametrize(
    "start", ["2026-10-25T00:59:50Z", "2026-10-25T01:10:00Z", "2026-03-29T00:59:50Z"]
)
@pytest.mark.parametrize("pace", [0.3, 90])
def test_later_events_are_dated_later_also_while_the_clocks_change(start: str, pace: float) -> None:
    """In autumn the hour from three to four comes twice, at 01:00 UTC the second begins."""
    now = datetime.fromisoformat(start)
    order = an_order(told_at=now - timedelta(minutes=1))
    for _ in range(100):
        told_at = events.time_to_tell(order, now)
        assert told_at.astimezone(UTC) > order.told_at.astimezone(UTC)
        assert told_at.astimezone(UTC) - now.astimezone(UTC) < timedelta(seconds=101)
        assert told_at.utcoffset() == told_at.astimezone(UTC).astimezone(ATHENS).utcoffset()
        order = msgspec.structs.replace(order, told_at=told_at)
        now += timedelta(seconds=pace)
