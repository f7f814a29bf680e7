"""Ready for the courier or not, and where the pickup goes with it (contract §3)."""

from datetime import datetime

import pytest

from smartcart.contract import ATHENS, OrderState
from smartcart.marketplace.domain import answers, operations, readiness
from smartcart.marketplace.domain.order import Fulfilment, Order, PickupWindow
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from tests.support.marketplace import NOW, acceptance_of, an_order
from tests.support.proving import proves

EVENING = datetime(2026, 3, 12, 20, 59, 59, tzinfo=ATHENS)
TOO_LATE = datetime(2026, 3, 12, 21, 0, tzinfo=ATHENS)


def accepted(window: int = 1, **changes: object) -> Order:
    """Accepted on Thursday morning; windows 1 and 2 are that day's, 3 to 5 Friday's."""
    order = an_order(now=NOW, **changes)
    return answers.accept(order, acceptance_of(order, pickup_window=window), NOW)


def pickup(order: Order) -> PickupWindow | None:
    return order.acceptance.window if order.acceptance else None


def refusal(order: Order, *, undo: bool = False) -> tuple[RefusalCode, str]:
    with pytest.raises(Refused) as refused:
        (readiness.mark_not_ready if undo else readiness.mark_ready)(order, NOW)
    return refused.value.code, refused.value.message


def test_the_windows_these_tests_count_on() -> None:
    starts = [f"{window.start:%a %H}" for window in an_order().windows[:7]]
    assert starts == ["Thu 12", "Thu 15", "Fri 10", "Fri 12", "Fri 15", "Mon 10", "Mon 12"]


@proves("ready.marks", "ready.pickup-may-move", "ready.earliest-window")
def test_marked_in_time_the_courier_comes_earlier() -> None:
    order = accepted(window=5)
    ready = readiness.mark_ready(order, NOW)
    assert (ready.state, ready.is_ready) == (OrderState.ACCEPTED, True)
    assert pickup(ready) == order.windows[0]
    assert ready.moved_from == order.windows[4]
    assert ready.version == order.version + 1


def test_the_earlier_window_is_one_the_courier_can_still_make() -> None:
    order = accepted(window=5)
    noon = datetime(2026, 3, 12, 13, 0, 1, tzinfo=ATHENS)
    assert pickup(readiness.mark_ready(order, noon)) == order.windows[2]


def test_the_first_window_stays() -> None:
    ready = readiness.mark_ready(accepted(window=1), NOW)
    assert (pickup(ready), ready.moved_from) == (ready.windows[0], None)


@proves("ready.too-late-to-move")
def test_from_nine_in_the_evening_before_the_pickup_stays() -> None:
    order = accepted(window=5)
    assert pickup(readiness.mark_ready(order, EVENING)) == order.windows[2]
    late = readiness.mark_ready(order, TOO_LATE)
    assert (pickup(late), late.is_ready, late.moved_from) == (order.windows[4], True, None)


@proves("ready.download-keeps-pickup")
def test_packed_without_saying_so_the_pickup_stays() -> None:
    order = accepted(window=5)
    packed = readiness.packed(order)
    assert (packed.is_ready, pickup(packed), packed.moved_from) == (True, order.windows[4], None)


@proves("ready.state", "ready.once", "ready.last-mile", "ready.core")
@pytest.mark.parametrize(
    "order",
    [
        an_order(),
        operations.cancel(accepted()),
        operations.dispatch(accepted(), None),
        accepted(is_ready=True),
        accepted(last_mile=False, courier="ACS"),
        *(accepted(fulfilment=kind) for kind in Fulfilment if kind is not Fulfilment.CORE),
    ],
)
def test_who_is_not_eligible(order: Order) -> None:
    words = "Order is not eligible to be marked as ready"
    assert refusal(order) == (RefusalCode.NOT_ELIGIBLE, words)


@proves("not-ready.marks", "not-ready.pickup-back")
def test_unmarked_the_pickup_goes_back() -> None:
    order = accepted(window=5)
    undone = readiness.mark_not_ready(readiness.mark_ready(order, NOW), NOW)
    assert (undone.is_ready, pickup(undone), undone.moved_from) == (False, order.windows[4], None)


@proves("not-ready.pickup-stays")
def test_unmarked_too_late_the_pickup_stays() -> None:
    order = accepted(window=2)
    ready = readiness.mark_ready(order, datetime(2026, 3, 11, 9, tzinfo=ATHENS))
    assert pickup(ready) == order.windows[0]
    later = datetime(2026, 3, 12, 13, 0, 1, tzinfo=ATHENS)  # less than two hours before 15:00
    undone = readiness.mark_not_ready(ready, later)
    assert (undone.is_ready, pickup(undone)) == (False, order.windows[0])


@proves("not-ready.eligible")
@pytest.mark.parametrize(
    "order",
    [an_order(), accepted(), operations.dispatch(readiness.mark_ready(accepted(), NOW), None)],
)
def test_who_cannot_undo(order: Order) -> None:
    words = "Order is not eligible for undo"
    assert refusal(order, undo=True) == (RefusalCode.NOT_ELIGIBLE, words)


@proves("business.missed-pickup")
def test_a_missed_pickup_is_the_first_of_the_next_working_day() -> None:
    order = accepted(window=5)  # Friday afternoon
    saturday = datetime(2026, 3, 14, 9, tzinfo=ATHENS)
    for now in (NOW, saturday):
        window = pickup(readiness.reschedule(order, now))
        assert window is not None
        assert (window.start, window.end) == (order.windows[5].start, order.windows[5].end)
        assert window.id not in {other.id for other in order.windows[:5]}


def test_without_a_pickup_there_is_none_to_move() -> None:
    order = an_order(windows=(), fulfilment=Fulfilment.STORE_PICKUP)
    collected = answers.accept(order, acceptance_of(order), NOW)
    with pytest.raises(Refused, match="no pickup"):
        readiness.reschedule(collected, NOW)
