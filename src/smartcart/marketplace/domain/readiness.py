"""Ready for the courier, or not yet (contract §3)."""

from datetime import datetime, time, timedelta

from msgspec.structs import replace

from smartcart.contract import ATHENS, OrderState
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.domain.operations import changed
from smartcart.marketplace.domain.order import Fulfilment, Order, PickupWindow
from smartcart.marketplace.domain.pickup import LEAD, windows
from smartcart.marketplace.domain.refusal import RefusalCode, Refused

_LAST_HOUR = time(21)
_DAY = timedelta(days=1)


def mark_ready(order: Order, now: datetime) -> Order:
    """The parcels are packed: the courier may come earlier, if he is told the evening before."""
    after = packed(order)
    window = after.pickup
    earlier = _earlier(order, window, now) if window else None
    return _moved(replace(after, moved_from=window), earlier) if earlier else after


def packed(order: Order) -> Order:
    """The parcels are packed, and the pickup stays when it was chosen to be."""
    if not _in_last_mile(order) or order.is_ready:
        raise Refused(RefusalCode.NOT_ELIGIBLE, "Order is not eligible to be marked as ready")
    return changed(order, Verb.MARK_READY, is_ready=True)


def mark_not_ready(order: Order, now: datetime) -> Order:
    """Not packed after all: the pickup goes back to where it was, if it still can (§3)."""
    if not _in_last_mile(order) or not order.is_ready:
        raise Refused(RefusalCode.NOT_ELIGIBLE, "Order is not eligible for undo")
    after = changed(order, Verb.MARK_NOT_READY, is_ready=False, moved_from=None)
    original = order.moved_from
    return _moved(after, original) if original and original.start >= now + LEAD else after


def is_collected(order: Order) -> bool:
    """Whether our courier has it on his round: what its shop must mark and did not, he skips."""
    return _in_last_mile(order) and (order.is_ready or not order.set_as_ready_required)


def _in_last_mile(order: Order) -> bool:
    return (
        order.state is OrderState.ACCEPTED
        and order.fulfilment is Fulfilment.CORE
        and order.last_mile
    )


def _earlier(order: Order, window: PickupWindow, now: datetime) -> PickupWindow | None:
    """The first window the courier can still make, if it comes before `window`.

    He plans a day's round at 21:00 of the day before.
    """
    eve = window.start.astimezone(ATHENS).date() - _DAY
    if now >= datetime.combine(eve, _LAST_HOUR, tzinfo=ATHENS):
        return None
    possible = [w for w in order.windows if now + LEAD <= w.start < window.start]
    return min(possible, key=lambda w: w.start, default=None)


def _moved(order: Order, window: PickupWindow) -> Order:
    assert order.acceptance is not None
    acceptance = order.acceptance
    return replace(order, acceptance=replace(acceptance, window=window))


def reschedule(order: Order, now: datetime) -> Order:
    """The pickup was missed: it is the first of the next working day (§7)."""
    after = changed(order, Verb.RESCHEDULE)
    missed = order.pickup
    if missed is None:
        raise Refused(RefusalCode.ORDER_STATUS, "Order has no pickup to move.")
    [following, *_] = windows(max(now, _end_of_day(missed)), missed.end, missed.id + 1)
    return _moved(after, following)


def _end_of_day(window: PickupWindow) -> datetime:
    return datetime.combine(window.start.astimezone(ATHENS).date() + _DAY, time(), tzinfo=ATHENS)
