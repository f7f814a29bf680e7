"""The decision: accept what can be served, reject what is short, hold what is in doubt.

A needless reject costs half the commission and an expired order costs more (contract §7), so
nothing is guessed: what the order or the stock does not say for certain is held for a person, and
so is what the shop's policy wants one to see.
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from smartcart.contract import (
    AcceptOptions,
    LineItem,
    Order,
    OrderState,
    RejectedLine,
    RejectOptions,
)
from smartcart.merchant.domain.decisions import (
    Accept,
    Cause,
    Decision,
    HoldReason,
    Nothing,
    NothingReason,
    Reject,
    Rule,
    hold,
)
from smartcart.merchant.domain.doubts import doubts, wishes
from smartcart.merchant.domain.parcels import parcels
from smartcart.merchant.domain.places import location_for, place_of, spread
from smartcart.merchant.domain.policy import Pickup, Policy, Rejects
from smartcart.merchant.domain.shelves import Stock, taken
from smartcart.merchant.domain.skus import Held, Spot, sku_of, wanted
from smartcart.merchant.domain.windows import earliest_workable

NO_STOCK, LIMITED_STOCK, DISCONTINUATION = 1, 4, 5


class Short(Struct, frozen=True):
    """A line that cannot be served whole, and the pieces there are for it."""

    line: LineItem
    available: int


def decide(order: Order, stock: Stock, now: datetime, policy: Policy) -> Decision:
    """What to do about `order` when `stock` is what is left for it, by SKU; absent is unknown."""
    nothing = _not_ours(order)
    if nothing is not None:
        return nothing
    wished = tuple(wishes(order, now, policy.hold, stock))
    uncertain = tuple(doubts(order, stock, now))
    if uncertain:
        return hold((*uncertain, *wished))
    answer = _answer(order, stock, now, policy)
    if isinstance(answer, Cause):
        return hold((answer, *wished))
    causes = (*wished, *_by_hand(answer, policy))
    if not causes:
        return answer
    left = _not_set_aside(causes, answer, order, now, policy)
    return hold(left) if left else replace(answer, rule=Rule.LAST_RESORT)


def short_lines(order: Order, stock: Stock) -> Iterator[Short]:
    """Lines that what is certain does not cover, pieces given out in the order of the lines."""
    left = {sku: sum(shelf.certain.values()) for sku, shelf in stock.items()}
    for line in order.line_items:
        sku = sku_of(line)
        available = max(0, left.get(sku, 0))
        left[sku] = max(0, available - line.quantity)
        if available < line.quantity:
            yield Short(line, available)


def _not_ours(order: Order) -> Nothing | None:
    if order.state != OrderState.OPEN:
        return Nothing(NothingReason.NOT_OPEN)
    if order.express:
        return Nothing(NothingReason.EXPRESS)
    if order.fulfilled_by_skroutz:
        return Nothing(NothingReason.FULFILLED)
    return None


def _answer(order: Order, stock: Stock, now: datetime, policy: Policy) -> Accept | Reject | Cause:
    short = list(short_lines(order, stock))
    for each in short:
        sku = sku_of(each.line)
        if doubt := stock[sku].doubt:
            return Cause(HoldReason.STOCK_IN_DOUBT, f"{sku}: {doubt}")
    if short:
        return _reject(order, short, policy.reject)
    return _accept(order, now, policy, stock)


def _by_hand(answer: Accept | Reject, policy: Policy) -> Iterator[Cause]:
    """Whether the policy wants answers of this kind to be given by a person."""
    if isinstance(answer, Accept):
        if not policy.answers.accept:
            yield Cause(HoldReason.ACCEPT_BY_HAND)
        return
    few = policy.reject.few_left == "hold" and any(
        line.reason_id == LIMITED_STOCK for line in answer.lines
    )
    none = policy.reject.none_left == "hold" and any(
        line.reason_id == NO_STOCK for line in answer.lines
    )
    if few or none or not policy.answers.reject:
        yield Cause(HoldReason.REJECT_BY_HAND, ", ".join(line.id for line in answer.lines))


def _not_set_aside(
    causes: tuple[Cause, ...],
    answer: Accept | Reject,
    order: Order,
    now: datetime,
    policy: Policy,
) -> tuple[Cause, ...]:
    """What still speaks against `answer` when it is time for the last resort."""
    last = policy.last_resort
    covered = last.action == "reject_short" or (
        last.action == "accept_if_in_stock" and isinstance(answer, Accept)
    )
    if not covered or order.expires_at is None or now < last.moment(order.expires_at):
        return causes
    return tuple(cause for cause in causes if cause.why not in last.sets_aside)


def _accept(order: Order, now: datetime, policy: Policy, stock: Stock) -> Accept | Cause:
    options = order.accept_options
    if options is None or not any(each.id for each in options.pickup_location):
        return Cause(HoldReason.NO_OPTIONS, "accept_options")
    offered = options.pickup_location
    location = location_for(order, offered, policy.pickup, stock)
    if location is None:
        about = spread(order, offered, policy.pickup, stock)
        return Cause(HoldReason.NO_PLACE_HAS_ALL, about)
    number = parcels(order.line_items, options.number_of_parcels, policy.parcels, stock)
    if isinstance(number, Cause):
        return number
    if not options.pickup_window:
        return Accept(location, None, number)
    window = _window(options, now, policy)
    if window is None:
        labels = "; ".join(each.label for each in options.pickup_window)
        return Cause(HoldReason.NO_WORKABLE_WINDOW, labels)
    return Accept(location, window, number)


def _window(options: AcceptOptions, now: datetime, policy: Policy) -> int | None:
    ready_at = policy.ready_at(now)
    if ready_at is None:
        return None
    return earliest_workable(options.pickup_window, ready_at, policy.hours)


def reserving(order: Order, accept: Accept, stock: Stock, pickup: Pickup) -> Held:
    """What to reserve for an order that is accepted: at the location's place before others."""
    offered = order.accept_options.pickup_location if order.accept_options else ()
    location = next((each for each in offered if each.id == accept.location), None)
    held: dict[Spot, int] = {}
    for sku, pieces in wanted(order.line_items).items():
        there = stock[sku].certain
        first = (place_of(location, pickup, there),) if location else ()
        held |= {Spot(sku, place): n for place, n in taken(there, pieces, first)}
    return held


def _reject(order: Order, short: list[Short], rules: Rejects) -> Reject | Cause:
    if order.reject_options is None:
        return Cause(HoldReason.NO_OPTIONS, "reject_options")
    ids = [line.id for line in order.line_items]
    if len(set(ids)) < len(ids):
        return Cause(HoldReason.LINES_ALIKE, ", ".join(ids))
    lines = [_rejected_line(each, order.reject_options, rules) for each in short]
    if any(line is None for line in lines):
        return Cause(HoldReason.REASON_NOT_OFFERED, ", ".join(str(sku_of(s.line)) for s in short))
    return Reject(tuple(line for line in lines if line is not None))


def _rejected_line(short: Short, options: RejectOptions, rules: Rejects) -> RejectedLine | None:
    """The line with the reason that is true of it; None when the order does not offer that."""
    gone = DISCONTINUATION if rules.none_left == "discontinuation" else NO_STOCK
    reason_id = LIMITED_STOCK if short.available else gone
    for reason in options.line_item_rejection_reasons:
        if reason.id == reason_id:
            says_how_many = reason.requires_available_quantity or reason_id == LIMITED_STOCK
            return RejectedLine(
                id=short.line.id,
                reason_id=reason_id,
                available_quantity=short.available if says_how_many else None,
            )
    return None
