"""What an accept changes and whom it tells (contract §3, §5)."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from bench.peer.documents import AcceptRequest, OrderDocument
from bench.peer.presenting import document
from bench.peer.stored import Acceptance, Location, Order, Window
from smartcart.contract import athens

_TOLD = (
    "state",
    "expires_at",
    "dispatch_until",
    "courier",
    "courier_voucher",
    "courier_tracking_codes",
    "fbs_delivery_note",
    "fbs_delivery_note_url",
    "pickup_window",
    "number_of_parcels",
    "pickup_address",
    "is_ready_for_dispatch",
)


class Refused(Exception):
    """A request that is understood and not granted."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Event(BaseModel):
    event_type: str
    event_time: datetime
    order: OrderDocument
    changes: dict[str, dict[str, Any]]


def accept(order: Order, request: AcceptRequest, now: datetime) -> Order:
    """The order after the merchant took it; its event is counted already."""
    _check_may_answer(order, now)
    acceptance = Acceptance(
        location=_location(order, request.pickup_location),
        window=_window(order, request.pickup_window, now),
        parcels=_parcels(order, request.number_of_parcels),
    )
    changes = {"state": "accepted", "version": order.version + 1, "acceptance": acceptance}
    return order.model_copy(update=changes)


def told(order: Order, now: datetime) -> Order:
    """The order with one more event counted; no two of an order's share a second."""
    time = athens(max(now, athens(order.told_at) + timedelta(seconds=1)))
    return order.model_copy(update={"events": order.events + 1, "told_at": time})


def event(before: Order, after: Order, now: datetime) -> Event:
    old, new = document(before, now), document(after, now)
    changes = {
        name: {"old": getattr(old, name), "new": getattr(new, name)}
        for name in _TOLD
        if getattr(old, name) != getattr(new, name)
    }
    return Event(
        event_type="order_updated", event_time=athens(after.told_at), order=new, changes=changes
    )


def _check_may_answer(order: Order, now: datetime) -> None:
    if order.state == "accepted":
        raise Refused(422, "order_status", "Order already accepted.")
    if order.state != "open":
        raise Refused(422, "order_status", f"Order is {order.state}.")
    if order.express:
        raise Refused(422, "order_status", "Order is express")
    if now >= order.expires_at:
        raise Refused(422, "order_status", "Order expired.")


def _location(order: Order, wanted: str) -> Location:
    for location in order.locations:
        if location.id == wanted:
            return location
    raise _not_offered("pickup_location", wanted, [location.id for location in order.locations])


def _window(order: Order, wanted: int | None, now: datetime) -> Window | None:
    if not order.windows and wanted is None:
        return None
    offered = order.open_windows(now)
    for window in offered:
        if window.id == wanted:
            return window
    raise _not_offered("pickup_window", wanted, [window.id for window in offered])


def _parcels(order: Order, wanted: int | None) -> int:
    parcels = 1 if wanted is None else wanted
    if parcels not in order.parcels:
        raise _not_offered("number_of_parcels", wanted, order.parcels)
    return parcels


def _not_offered(field: str, wanted: object, offered: list[Any]) -> Refused:
    options = ", ".join(map(str, offered)) or "none"
    if wanted is None:
        return Refused(422, field, f"{field} is required; one of: {options}.")
    message = f"{field} {wanted!r} is not among the order's accept_options: {options}."
    return Refused(422, field, message)
