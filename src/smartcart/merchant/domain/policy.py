"""The policy: accept what can be served, reject what is short, hold what is in doubt.

A needless reject costs half the commission and an expired order costs more (contract §7), so
nothing is guessed: what the order or the stock does not say for certain is held for a person.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from smartcart.contract import LineItem, Order, OrderState, RejectedLine, RejectOptions
from smartcart.merchant.domain.decisions import (
    Accept,
    Decision,
    Hold,
    HoldReason,
    Nothing,
    Reject,
)
from smartcart.merchant.domain.skus import Pieces, sku_of, wanted
from smartcart.merchant.domain.windows import earliest_workable

NO_STOCK, LIMITED_STOCK = 1, 4


class Rules(Struct, frozen=True, kw_only=True):
    """The shop's own: `preparation` is the time between an accept and a parcel ready to go."""

    preparation: timedelta = timedelta(minutes=60)


class Short(Struct, frozen=True):
    """A line that cannot be served whole, and the pieces there are for it."""

    line: LineItem
    available: int


def decide(order: Order, stock: Pieces, now: datetime, rules: Rules) -> Decision:
    """What to do about `order` when `stock` is what is left for it, by SKU; absent is unknown."""
    undecidable = _not_ours(order) or _in_doubt(order, stock, now)
    if undecidable is not None:
        return undecidable
    short = list(short_lines(order, stock))
    return _reject(order, short) if short else _accept(order, now + rules.preparation)


def short_lines(order: Order, stock: Pieces) -> Iterator[Short]:
    """Lines that `stock` does not cover, the pieces given out in the order of the lines."""
    left = dict(stock)
    for line in order.line_items:
        sku = sku_of(line)
        available = max(0, left.get(sku, 0))
        left[sku] = max(0, available - line.quantity)
        if available < line.quantity:
            yield Short(line, available)


def _not_ours(order: Order) -> Nothing | None:
    if order.state != OrderState.OPEN:
        return Nothing(f"the order is {order.state}")
    if order.express:
        return Nothing("express orders are accepted by the marketplace")
    if order.fulfilled_by_skroutz:
        return Nothing("the order is fulfilled by the marketplace")
    return None


def _in_doubt(order: Order, stock: Pieces, now: datetime) -> Hold | None:
    if not order.line_items or any(line.quantity == 0 for line in order.line_items):
        return Hold(HoldReason.NO_LINES)
    if order.expires_at is not None and order.expires_at <= now:
        return Hold(HoldReason.TOO_LATE, f"it could be answered until {order.expires_at}")
    unknown = [sku for sku in wanted(order.line_items) if sku not in stock]
    if unknown:
        return Hold(HoldReason.UNKNOWN_SKU, ", ".join(map(str, unknown)))
    return None


def _accept(order: Order, ready_at: datetime) -> Accept | Hold:
    options = order.accept_options
    locations = [each.id for each in options.pickup_location if each.id] if options else []
    if options is None or not locations:
        return Hold(HoldReason.NO_OPTIONS, "accept_options")
    parcels = min((n for n in options.number_of_parcels if n > 0), default=1)
    if not options.pickup_window:
        return Accept(locations[0], None, parcels)
    window = earliest_workable(options.pickup_window, ready_at)
    if window is None:
        labels = "; ".join(each.label for each in options.pickup_window)
        return Hold(HoldReason.NO_WORKABLE_WINDOW, labels)
    return Accept(locations[0], window, parcels)


def _reject(order: Order, short: list[Short]) -> Reject | Hold:
    if order.reject_options is None:
        return Hold(HoldReason.NO_OPTIONS, "reject_options")
    ids = [line.id for line in order.line_items]
    if len(set(ids)) < len(ids):
        return Hold(HoldReason.LINES_ALIKE, ", ".join(ids))
    lines = [_rejected_line(each, order.reject_options) for each in short]
    if any(line is None for line in lines):
        return Hold(HoldReason.REASON_NOT_OFFERED, ", ".join(str(sku_of(s.line)) for s in short))
    return Reject(tuple(line for line in lines if line is not None))


def _rejected_line(short: Short, options: RejectOptions) -> RejectedLine | None:
    """The line with the reason that is true of it; None when the order does not offer that."""
    reason_id = LIMITED_STOCK if short.available else NO_STOCK
    for reason in options.line_item_rejection_reasons:
        if reason.id == reason_id:
            says_how_many = reason.requires_available_quantity or reason_id == LIMITED_STOCK
            return RejectedLine(
                id=short.line.id,
                reason_id=reason_id,
                available_quantity=short.available if says_how_many else None,
            )
    return None
