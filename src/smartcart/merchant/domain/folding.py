"""Fold what the marketplace tells of an order into what is known of it, and say what follows.

The document told is always the whole order, so the newest one alone decides; nothing here depends
on what kind of event brought it. What was done before is never done twice: an order decided is not
decided again, a voucher that was to be printed is not printed again, stock is not held twice.
"""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from smartcart.contract import Order, OrderState, to_micros
from smartcart.merchant.domain.deciding import decide, reserving
from smartcart.merchant.domain.decisions import Accept, Decision, Hold, Reject
from smartcart.merchant.domain.doubts import value
from smartcart.merchant.domain.order import (
    ENDED,
    LEFT,
    Basis,
    Grounds,
    ShopOrder,
    Status,
    Told,
)
from smartcart.merchant.domain.policy import Policy
from smartcart.merchant.domain.shelves import Shelf, Stock, beside, taken
from smartcart.merchant.domain.skus import UNCOUNTED, Held, Sku, Spot, wanted

MOST_ANSWERS = 8
"""An order whose answers are refused that often, each for another reason, is left to a person."""

Fact = str | int | bool | None
Facts = dict[str, Fact | list[dict[str, Fact]]]

NOTHING_HELD: Held = {}


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
    holding: Held | None
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
    before: ShopOrder | None, told: Told, held: Held, stock: Stock, now: datetime, policy: Policy
) -> Folded:
    """What is so after `told`.

    `held` is what is reserved for this order, when `asks_for_holding`; `stock` what is left for it
    beside that, as far as the stock is known, when `asks_for_stock`.
    """
    order = _as_told(before, told)
    if order.state == OrderState.OPEN and order.is_undecided:
        return _decided(before, order, told, beside(stock, held), now, policy)
    if order.state == OrderState.OPEN and told.read_at is not None and order.is_answered:
        return _not_carried_out(order)
    if order.state == OrderState.ACCEPTED:
        return _accepted(before, order, told.document, stock, policy.shadow)
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
    told: Told,
    stock: Stock,
    now: datetime,
    policy: Policy,
) -> Folded:
    document = told.document
    decision = decide(document, stock, now, policy)
    again = before is not None and before.decision == decision
    decided = replace(
        order,
        decision=decision,
        grounds=_grounds(decision, told, now, policy),
        basis=_basis(document, stock),
    )
    if isinstance(decision, Accept | Reject):
        if order.status is Status.NEEDS_ATTENTION and (again or order.answers >= MOST_ANSWERS):
            return Folded(order=order, holding=None)
        if policy.shadow:
            return _unsent(decided, decision, again)
        return _answered(decided, decision, document, stock, policy)
    if isinstance(decision, Hold):
        step = Step("held", _held_told(decision))
        after = replace(decided, status=Status.HELD, holds=False)
        return Folded(order=after, holding=NOTHING_HELD, steps=() if again else (step,))
    after = replace(decided, status=Status.WAITING, holds=False)
    return Folded(order=after, holding=NOTHING_HELD)


def _unsent(order: ShopOrder, decision: Accept | Reject, again: bool) -> Folded:
    """In shadow mode: what would have been answered is told, and the order waits for a person.

    Nothing is reserved. When the person accepts, the marketplace tells so, and then it is.
    """
    step = _decision_told("would", decision, order.basis)
    after = replace(order, status=Status.WAITING, holds=False)
    return Folded(order=after, holding=NOTHING_HELD, steps=() if again else (step,))


def _answered(
    order: ShopOrder, decision: Accept | Reject, document: Order, stock: Stock, policy: Policy
) -> Folded:
    accepts = isinstance(decision, Accept)
    holding = NOTHING_HELD
    if isinstance(decision, Accept):
        holding = reserving(document, decision, stock, policy.pickup)
    after = replace(
        order,
        status=Status.ACCEPTING if accepts else Status.REJECTING,
        answers=order.answers + 1,
        holds=accepts,
    )
    return Folded(
        order=after,
        holding=holding,
        answers=True,
        steps=(_decision_told("decided", decision, order.basis),),
    )


def _not_carried_out(order: ShopOrder) -> Folded:
    """The marketplace confirmed our answer, and a reading says that the order is open after all.

    The same answer is given again: if the reading was an old one, that is refused, and harmless.
    """
    told = Step("not_carried_out", {"answers": order.answers})
    if order.answers >= MOST_ANSWERS:
        after = replace(order, status=Status.NEEDS_ATTENTION)
        return Folded(order=after, holding=None, steps=(told,))
    accepts = isinstance(order.decision, Accept)
    after = replace(
        order,
        status=Status.ACCEPTING if accepts else Status.REJECTING,
        answers=order.answers + 1,
    )
    return Folded(order=after, holding=None, answers=True, steps=(told,))


def _accepted(
    before: ShopOrder | None, order: ShopOrder, document: Order, stock: Stock, shadow: bool
) -> Folded:
    steps: list[Step] = []
    if before is None or before.status not in (Status.ACCEPTING, Status.ACCEPTED):
        # Express, fulfilled by the marketplace, or accepted by a person. Our own is told as sent.
        steps.append(Step("accepted", {"by": "marketplace"}))
    holding: Held | None = None
    if _takes_stock(before, document):
        holding, short = _taken(document, stock)
        if short:
            steps.append(Step("short", {"lines": short}))
    prints = _is_new_voucher(before, order)
    if prints and shadow:
        # Fetching it may mark the order ready, and the shop prints it in its own way meanwhile.
        steps.append(Step("would_print", {}))
    after = replace(
        order,
        status=Status.ACCEPTED,
        holds=order.holds if holding is None else bool(holding),
        vouchers=(*order.vouchers, order.voucher) if prints else order.vouchers,
    )
    return Folded(order=after, holding=holding, prints=prints and not shadow, steps=tuple(steps))


def _is_new_voucher(before: ShopOrder | None, order: ShopOrder) -> bool:
    """Whether the voucher in force is to be printed.

    Also one that was told before and withdrawn since: what it was withdrawn by may have been an old
    reading, and its printing was given up by then.
    """
    came_back = before is not None and before.voucher != order.voucher
    return bool(order.voucher) and (order.voucher not in order.vouchers or came_back)


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


def _taken(document: Order, stock: Stock) -> tuple[Held, list[dict[str, Fact]]]:
    """What can be had of an order that is ours whether there is stock for it or not.

    At any place, for the document does not say which is its own.
    """
    holding: dict[Spot, int] = {}
    short: list[dict[str, Fact]] = []
    for sku, asked in wanted(document.line_items).items():
        places = stock[sku].places if sku in stock else {}
        held = {Spot(sku, place): n for place, n in taken(places, asked)}
        holding |= held
        there = sum(held.values())
        if there < asked:
            short.append({"sku": str(sku), "wanted": asked, "available": there})
    return holding, short


def _grounds(decision: Decision, told: Told, now: datetime, policy: Policy) -> Grounds:
    return Grounds(
        at=to_micros(now),
        source=told.source,
        policy=policy.name,
        value=value(told.document),
        ready_at=_micros(policy.ready_at(now)),
        window=_label(decision, told.document),
        shadow=policy.shadow,
    )


def _label(decision: Decision, document: Order) -> str:
    """That of the window that is chosen."""
    if not isinstance(decision, Accept) or document.accept_options is None:
        return ""
    offered = document.accept_options.pickup_window
    return next((one.label for one in offered if one.id == decision.window), "")


def _basis(document: Order, stock: Stock) -> tuple[Basis, ...]:
    return tuple(
        _based(sku, asked, stock.get(sku)) for sku, asked in wanted(document.line_items).items()
    )


def _based(sku: Sku, asked: int, shelf: Shelf | None) -> Basis:
    available = None if shelf is None else _counted(sum(shelf.certain.values()))
    return Basis(str(sku), asked, available, shelf)


def _counted(pieces: int) -> int | None:
    return None if pieces >= UNCOUNTED else pieces


def _held_told(decision: Hold) -> Facts:
    also: list[dict[str, Fact]] = [{"why": one.why, "about": one.about} for one in decision.also]
    facts: Facts = {"why": decision.why, "about": decision.about}
    return facts | {"also": also} if also else facts


def _decision_told(verb: str, decision: Accept | Reject, basis: tuple[Basis, ...]) -> Step:
    stock: list[dict[str, Fact]] = [
        {"sku": one.sku, "wanted": one.wanted, "available": one.available} for one in basis
    ]
    if isinstance(decision, Accept):
        return Step(
            f"{verb}_accept",
            {
                "rule": decision.rule,
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
    facts: Facts = {"rule": decision.rule, "lines": lines, "stock": stock}
    return Step(f"{verb}_reject", facts)


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)
