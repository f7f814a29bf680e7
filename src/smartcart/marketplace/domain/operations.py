"""What the marketplace itself does to an order. Each takes an order and gives the one after it.

All raise `Refused` when the order's state does not allow it.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from smartcart.contract import OrderState, Return
from smartcart.contract.vocabulary import Actor
from smartcart.marketplace.domain import lifecycle, pickup
from smartcart.marketplace.domain.answers import check_in_time
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.domain.order import (
    Acceptance,
    DeliveryNote,
    Fulfilment,
    IssuedVoucher,
    LineItem,
    Order,
)
from smartcart.marketplace.domain.refusal import RefusalCode, Refused


def changed(order: Order, verb: Verb, **fields: object) -> Order:
    """The order after `verb`, in the state the table says, with `fields` as given."""
    state = lifecycle.after(order.state, verb)
    return replace(order, state=state, version=order.version + 1, **fields)


def accept_express(order: Order, now: datetime) -> Order:
    """An express order is accepted by the marketplace itself, as soon as it can be (§3, §7)."""
    after = changed(order, Verb.ACCEPT_EXPRESS)
    check_in_time(order, now)
    if not order.express:
        raise Refused(RefusalCode.ORDER_STATUS, "Order is not express.")
    windows = order.open_windows(now)
    acceptance = Acceptance(order.locations[0], windows[0] if windows else None, 1)
    return replace(after, acceptance=acceptance)


def cancel(order: Order) -> Order:
    """The customer or support calls it off, at any stage before it is delivered (§7)."""
    return changed(order, Verb.CANCEL)


def extend(order: Order, by: timedelta, now: datetime) -> Order:
    """More time to answer and to dispatch (§5: both move), and later windows to choose from."""
    after = changed(order, Verb.EXTEND)
    check_in_time(order, now)
    expires_at, windows = order.expires_at + by, order.windows
    return replace(
        after,
        expires_at=expires_at,
        dispatch_until=order.dispatch_until + by if order.dispatch_until else None,
        windows=pickup.windows(now, expires_at, windows[-1].id + 1) if windows else (),
    )


def expire(order: Order, now: datetime) -> Order:
    """Nobody answered in time; refused while there is time left."""
    after = changed(order, Verb.EXPIRE)
    if now < order.expires_at:
        raise Refused(RefusalCode.ORDER_STATUS, f"Order may be answered until {order.expires_at}.")
    return after


def assign_courier(order: Order, courier: str, last_mile: str) -> Order:
    """Another courier takes it, as long as none has a voucher; `last_mile` names our own."""
    after = changed(order, Verb.ASSIGN_COURIER, courier=courier, last_mile=courier == last_mile)
    if order.fulfilment is not Fulfilment.CORE or order.voucher is not None:
        raise Refused(
            RefusalCode.ORDER_STATUS, "The courier is settled: there is a voucher, or no pickup."
        )
    return after


def with_voucher(order: Order, voucher: IssuedVoucher) -> Order:
    """The courier's voucher was made; an order has one."""
    after = changed(order, Verb.ISSUE_VOUCHER, voucher=voucher)
    if order.voucher is not None:
        raise Refused(RefusalCode.ORDER_STATUS, "Order has a voucher already.")
    return after


def reject_undispatched(order: Order, reason: str) -> Order:
    """The merchant did not hand it over in time: the marketplace rejects it (§7)."""
    return changed(
        order, Verb.REJECT_UNDISPATCHED, rejected_because=reason, rejected_by=Actor.MARKETPLACE
    )


def dispatch(order: Order, note: DeliveryNote | None) -> Order:
    """It is on its way; goods from the marketplace's warehouse go with a delivery note (§4)."""
    after = changed(order, Verb.DISPATCH, delivery_note=note)
    from_warehouse = order.fulfilment is Fulfilment.FBS
    if order.fulfilment is Fulfilment.STORE_PICKUP:
        raise Refused(RefusalCode.ORDER_STATUS, "Order is collected from the store: deliver it.")
    if note is not None and not from_warehouse:
        raise Refused(RefusalCode.ORDER_STATUS, "Only orders fulfilled by us have a delivery note.")
    return after


def deliver(order: Order) -> Order:
    """The customer has it. Only a pickup at the store needs no dispatch before."""
    after = changed(order, Verb.DELIVER)
    dispatched = order.state is OrderState.DISPATCHED
    if not dispatched and order.fulfilment is not Fulfilment.STORE_PICKUP:
        raise Refused(RefusalCode.ORDER_STATUS, "Order is not dispatched yet.")
    return after


def deliver_partially(order: Order) -> Order:
    """The customer has some of it."""
    return changed(order, Verb.DELIVER_PARTIALLY)


def start_return(order: Order, announced: Return | None) -> Order:
    """The customer sends (some of) it back."""
    returns = order.returns if announced is None else (*(order.returns or ()), announced)
    return changed(order, Verb.START_RETURN, returns=returns)


def take_back(order: Order, line_ids: tuple[str, ...], reason: str) -> Order:
    """Lines came back; without `line_ids`, all of them. `reason` is the contract's (§4)."""
    known = {line.id for line in order.lines}
    unknown = [line_id for line_id in line_ids if line_id not in known]
    if unknown:
        raise Refused(RefusalCode.LINE_ITEMS, f"'{unknown[0]}' is not a line of this order.")
    chosen = set(line_ids) or known
    lines = tuple(_returned(line, reason) if line.id in chosen else line for line in order.lines)
    whole = all(line.return_reason for line in lines)
    return changed(order, Verb.RETURN if whole else Verb.RETURN_PARTIALLY, lines=lines)


def _returned(line: LineItem, reason: str) -> LineItem:
    return replace(line, return_reason=reason)
