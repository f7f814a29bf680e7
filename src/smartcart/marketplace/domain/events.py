"""What a merchant is told of a change: the order as it is now, and what is different (§5)."""

from datetime import datetime, timedelta
from typing import TypeVar

from smartcart import contract
from smartcart.contract import Change, Changes, Event, EventType, athens
from smartcart.marketplace.domain.document import document
from smartcart.marketplace.domain.order import Order

T = TypeVar("T")

_SECOND = timedelta(seconds=1)


def time_to_tell(order: Order, now: datetime) -> datetime:
    """The `event_time` of the order's next event.

    It is written in whole seconds, and no two events of an order share one: a reader can tell by
    their times alone which came later. An event so soon after another is dated a little ahead.
    """
    return athens(max(now, athens(order.told_at) + _SECOND))


def event(before: Order | None, after: Order, now: datetime) -> Event | None:
    """`new_order` for a placement, `order_updated` with its true `changes` for all else.

    None when nothing changed that events tell of.
    """
    at, order = time_to_tell(after, now), document(after, now)
    if before is None:
        return Event(event_type=EventType.NEW_ORDER, event_time=at, order=order)
    changed = changes(document(before, now), order)
    if changed == Changes():
        return None
    return Event(event_type=EventType.ORDER_UPDATED, event_time=at, order=order, changes=changed)


def changes(before: contract.Order, after: contract.Order) -> Changes:
    """The fields that events tell of, where they differ."""
    return Changes(
        state=_change(before.state, after.state),
        expires_at=_change(before.expires_at, after.expires_at),
        dispatch_until=_change(before.dispatch_until, after.dispatch_until),
        courier=_change(before.courier, after.courier),
        courier_voucher=_change(before.courier_voucher, after.courier_voucher),
        courier_tracking_codes=_change(before.courier_tracking_codes, after.courier_tracking_codes),
        fbs_delivery_note=_change(before.fbs_delivery_note, after.fbs_delivery_note),
        fbs_delivery_note_url=_change(before.fbs_delivery_note_url, after.fbs_delivery_note_url),
        pickup_window=_change(before.pickup_window, after.pickup_window),
        number_of_parcels=_change(before.number_of_parcels, after.number_of_parcels),
        pickup_address=_change(before.pickup_address, after.pickup_address),
        is_ready_for_dispatch=_change(before.is_ready_for_dispatch, after.is_ready_for_dispatch),
    )


def _change(old: T | None, new: T | None) -> Change[T] | None:
    return None if old == new else Change(old=old, new=new)
