"""The merchant's answer to an order. Each takes an order and gives the one after it."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from smartcart.contract import (
    REJECTION_REASONS,
    AcceptRequest,
    RejectedLine,
    RejectRequest,
)
from smartcart.contract.vocabulary import OFFERED_REASONS
from smartcart.marketplace.domain import lifecycle
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.domain.order import (
    Acceptance,
    LineItem,
    LineRejection,
    Order,
    PickupLocation,
    PickupWindow,
)
from smartcart.marketplace.domain.refusal import RefusalCode, Refused


def accept(order: Order, request: AcceptRequest, now: datetime) -> Order:
    """The merchant takes the order (contract §3): each choice must be one of its options."""
    state = lifecycle.after(order.state, Verb.ACCEPT)
    _check_may_answer(order, now)
    acceptance = Acceptance(
        location=_location(order, request.pickup_location),
        window=_window(order, request.pickup_window, now),
        parcels=_parcels(order, request.number_of_parcels),
    )
    return replace(order, state=state, version=order.version + 1, acceptance=acceptance)


def reject(order: Order, request: RejectRequest, now: datetime) -> Order:
    """The merchant does not take it: line by line, or as a whole with a reason in words (§3).

    `request` has one of the two forms and names no line twice, as `parse_reject` gives it.
    """
    state = lifecycle.after(order.state, Verb.REJECT)
    _check_may_answer(order, now)
    after = replace(order, state=state, version=order.version + 1)
    if request.line_items:
        return replace(after, lines=_rejected_lines(order, request.line_items))
    return replace(after, rejected_because=request.rejection_reason_other)


def check_in_time(order: Order, now: datetime) -> None:
    if now >= order.expires_at:
        raise Refused(RefusalCode.ORDER_STATUS, "Order expired.")


def _check_may_answer(order: Order, now: datetime) -> None:
    if order.express:
        raise Refused(RefusalCode.ORDER_STATUS, "Order is express")
    check_in_time(order, now)


def _location(order: Order, wanted: str | None) -> PickupLocation:
    for location in order.locations:
        if location.id == wanted:
            return location
    raise Refused(
        RefusalCode.PICKUP_LOCATION,
        _not_offered("pickup_location", wanted, [location.id for location in order.locations]),
    )


def _window(order: Order, wanted: int | None, now: datetime) -> PickupWindow | None:
    """Required unless none is offered: a pickup at the store has none (§3)."""
    if not order.windows and wanted is None:
        return None
    offered = order.open_windows(now)
    for window in offered:
        if window.id == wanted:
            return window
    raise Refused(
        RefusalCode.PICKUP_WINDOW,
        _not_offered("pickup_window", wanted, [window.id for window in offered]),
    )


def _parcels(order: Order, wanted: int | None) -> int:
    parcels = 1 if wanted is None else wanted
    if parcels not in order.parcels:
        raise Refused(
            RefusalCode.NUMBER_OF_PARCELS,
            _not_offered("number_of_parcels", wanted, order.parcels),
        )
    return parcels


def _not_offered(field: str, wanted: object, offered: Sequence[object]) -> str:
    options = ", ".join(map(str, offered)) or "none"
    if wanted is None:
        return f"{field} is required; one of: {options}."
    return f"{field} {wanted!r} is not among the order's accept_options: {options}."


def _rejected_lines(order: Order, rejected: Sequence[RejectedLine]) -> tuple[LineItem, ...]:
    by_id = {line.id: line for line in order.lines}
    rejections: dict[str, LineRejection] = {}
    for one in rejected:
        line = by_id.get(one.id)
        if line is None:
            raise _refused_line(f"'{one.id}' is not a line of this order.")
        rejections[one.id] = _rejection(line, one)
    return tuple(replace(line, rejection=rejections.get(line.id)) for line in order.lines)


def _rejection(line: LineItem, rejected: RejectedLine) -> LineRejection:
    if rejected.reason_id not in OFFERED_REASONS:
        offered = ", ".join(map(str, OFFERED_REASONS))
        raise _refused_line(f"reason_id {rejected.reason_id} is not offered; one of: {offered}.")
    available = rejected.available_quantity
    if not REJECTION_REASONS[rejected.reason_id].requires_available_quantity:
        available = None
    elif available is None:
        raise _refused_line(f"reason_id {rejected.reason_id} requires available_quantity.")
    if available is not None and not 0 <= available < line.quantity:
        raise _refused_line(f"available_quantity must be 0 to {line.quantity - 1}.")
    return LineRejection(rejected.reason_id, available)


def _refused_line(message: str) -> Refused:
    return Refused(RefusalCode.LINE_ITEMS, message)
