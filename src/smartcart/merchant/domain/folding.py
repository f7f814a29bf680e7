"""Fold what the marketplace tells of an order into what is known of it, and say what follows.

The document told is always the whole order, so the newest one alone decides; nothing here depends
on what kind of event brought it. What was done before is never done twice: an order decided is not
decided again, a voucher that was to be printed is not printed again, stock is not held twice.
"""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from smartcart.contract import Order, OrderState, to_micros
from smartcart.merchant.domain.decisions import Accept, Hold, Reject
from smartcart.merchant.domain.order import (
    ENDED,
    LEFT,
    Basis,
    ShopOrder,
    Status,
    Told,
)
from smartcart.merchant.domain.policy import Rules, decide
from smartcart.merchant.domain.skus import UNCOUNTED, Pieces, Sku, wanted

MOST_ANSWERS = 8
"""An order whose answers are refused that often, each for another reason, is left to a person."""

Fact = str | int | bool | None
Facts = dict[str, Fact | list[dict[str, Fact]]]

NOTHING_HELD: Mapping[Sku, int] = {}


class Step(Struct, frozen=True):
    """Something that happened, for the order's history."""

    what: str
    facts: Facts


class Folded(Struct, frozen=True, kw_only=True):
    """The order after, and what follows from it.

    `holding` is what is to be reserved for it from now on, None for what is. `answers` says that
    the order's decision is to be sent, `prints` that its voucher is to be printed.
    """

    order: ShopOrder
    holding: Pieces | None
    answers: bool = False
    prints: bool = False
    steps: tuple[Step, ...] = ()


def asks_for_stock(before: ShopOrder | None, document: Order) -> bool:
    """Whether `fold` will look at the stock."""
    if document.state == OrderState.OPEN:
        return before is None or before.is_undecided
    return _takes_stock(before, document)


def asks_for_holding(before: ShopOrder | None, document: Order) -> bool:
    """Whether what is reserved for the order may change, and `fold` must know what that is."""
    if before is None or not before.holds:
        return False
    if document.state == OrderState.OPEN:
        return before.is_undecided
    return document.state in ENDED or document.state in LEFT


def fold(
    before: ShopOrder | None, told: Told, held: Pieces, stock: Pieces, now: datetime, rules: Rules
) -> Folded:
    """What is so after `told`.

    `held` is what is reserved for this order, when `asks_for_holding`; `stock` what is left for it
    beside that, as far as the stock is known, when `asks_for_stock`.
    """
    order = _as_told(before, told)
    if order.state == OrderState.OPEN and order.is_undecided:
        return _decided(before, order, told.document, held, stock, now, rules)
    if order.state == OrderState.ACCEPTED:
        return _accepted(before, order, told.document, stock)
    if order.state in ENDED or order.state in LEFT:
        return _over(order)
    return Folded(order=order, holding=None)


def _as_told(before: ShopOrder | None, told: Told) -> ShopOrder:
    document = told.document
    known = before or ShopOrder(
        code=document.code,
        version=0,
        status=Status.WAITING,
        state=document.state,
        newest=told.source,
        event_time=None,
        expires_at=None,
        dispatch_until=None,
    )
    return replace(
        known,
        version=known.version + 1,
        state=document.state,
        newest=told.source,
        event_time=known.event_time if told.event_time is None else told.event_time,
        read_at=known.read_at if told.read_at is None else told.read_at,
        expires_at=_micros(document.expires_at),
        dispatch_until=_micros(document.dispatch_until),
        voucher=document.courier_voucher or "",
    )


def _decided(
    before: ShopOrder | None,
    order: ShopOrder,
    document: Order,
    held: Pieces,
    stock: Pieces,
    now: datetime,
    rules: Rules,
) -> Folded:
    there = _with(stock, held)
    decision = decide(document, there, now, rules)
    again = before is not None and before.decision == decision
    decided = replace(order, decision=decision, basis=_basis(document, there))
    if isinstance(decision, Accept | Reject):
        if order.status is Status.NEEDS_ATTENTION and (again or order.answers >= MOST_ANSWERS):
            return Folded(order=order, holding=None)
        return _answered(decided, decision, document)
    if isinstance(decision, Hold):
        step = Step("held", {"why": decision.why, "about": decision.about})
        after = replace(decided, status=Status.HELD, holds=False)
        return Folded(order=after, holding=NOTHING_HELD, steps=() if again else (step,))
    after = replace(decided, status=Status.WAITING, holds=False)
    return Folded(order=after, holding=NOTHING_HELD)


def _answered(order: ShopOrder, decision: Accept | Reject, document: Order) -> Folded:
    accepts = isinstance(decision, Accept)
    after = replace(
        order,
        status=Status.ACCEPTING if accepts else Status.REJECTING,
        answers=order.answers + 1,
        holds=accepts,
    )
    return Folded(
        order=after,
        holding=wanted(document.line_items) if accepts else NOTHING_HELD,
        answers=True,
        steps=(_decision_told(decision, order.basis),),
    )


def _accepted(before: ShopOrder | None, order: ShopOrder, document: Order, stock: Pieces) -> Folded:
    steps: list[Step] = []
    if before is None or before.status not in (Status.ACCEPTING, Status.ACCEPTED):
        # Express, fulfilled by the marketplace, or accepted by a person. Our own is told as sent.
        steps.append(Step("accepted", {"by": "marketplace"}))
    holding: Pieces | None = None
    if _takes_stock(before, document):
        holding, short = _taken(document, stock)
        if short:
            steps.append(Step("short", {"lines": short}))
    prints = bool(order.voucher) and order.voucher not in order.vouchers
    after = replace(
        order,
        status=Status.ACCEPTED,
        holds=order.holds if holding is None else bool(holding),
        vouchers=(*order.vouchers, order.voucher) if prints else order.vouchers,
    )
    return Folded(order=after, holding=holding, prints=prints, steps=tuple(steps))


def _over(order: ShopOrder) -> Folded:
    status = ENDED.get(order.state, Status.HANDED_OVER)
    steps = () if order.status is status else (Step("closed", {"state": order.state}),)
    return Folded(
        order=replace(order, status=status, holds=False), holding=NOTHING_HELD, steps=steps
    )


def _takes_stock(before: ShopOrder | None, document: Order) -> bool:
    """Whether an order became ours without a reservation: express, or accepted by hand."""
    return (
        document.state == OrderState.ACCEPTED
        and not document.fulfilled_by_skroutz
        and (before is None or (before.status is not Status.ACCEPTED and not before.holds))
    )


def _taken(document: Order, stock: Pieces) -> tuple[Pieces, list[dict[str, Fact]]]:
    """What can be had of an order that is ours whether there is stock for it or not."""
    holding: dict[Sku, int] = {}
    short: list[dict[str, Fact]] = []
    for sku, pieces in wanted(document.line_items).items():
        there = min(pieces, max(0, stock.get(sku, 0)))
        if there:
            holding[sku] = there
        if there < pieces:
            short.append({"sku": str(sku), "wanted": pieces, "available": there})
    return holding, short


def _with(stock: Pieces, held: Pieces) -> Pieces:
    """What there is for an order: what is left, and what is reserved for it."""
    return {sku: pieces + held.get(sku, 0) for sku, pieces in stock.items()}


def _basis(document: Order, stock: Pieces) -> tuple[Basis, ...]:
    return tuple(
        Basis(str(sku), pieces, _counted(stock.get(sku)))
        for sku, pieces in wanted(document.line_items).items()
    )


def _counted(pieces: int | None) -> int | None:
    return None if pieces is None or pieces >= UNCOUNTED else pieces


def _decision_told(decision: Accept | Reject, basis: tuple[Basis, ...]) -> Step:
    stock: list[dict[str, Fact]] = [
        {"sku": one.sku, "wanted": one.wanted, "available": one.available} for one in basis
    ]
    if isinstance(decision, Accept):
        return Step(
            "decided_accept",
            {
                "pickup_location": decision.location,
                "pickup_window": decision.window,
                "parcels": decision.parcels,
                "stock": stock,
            },
        )
    lines: list[dict[str, Fact]] = [
        {"id": line.id, "reason_id": line.reason_id, "available": line.available_quantity}
        for line in decision.lines
    ]
    return Step("decided_reject", {"lines": lines, "stock": stock})


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)
