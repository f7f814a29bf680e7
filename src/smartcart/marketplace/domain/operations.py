"""What the marketplace itself does to an order. Each takes an order and gives the one after it.

All raise `Refused` when the order's state does not allow it.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from smartcart.contract import OrderState, Replacement, Return, athens
from smartcart.contract.vocabulary import Actor, ReplacementType
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
    return replace(after, acceptance=first_choice(order, now))


def first_choice(order: Order, now: datetime) -> Acceptance:
    """What the marketplace chooses among the order's options when it accepts by itself."""
    windows = order.open_windows(now)
    return Acceptance(order.locations[0], windows[0] if windows else None, order.parcels[0])


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


def expire(order: Order, now: datetime, *, early: bool = False) -> Order:
    """Nobody answered in time; refused while there is time left, unless it is to end `early`."""
    after = changed(order, Verb.EXPIRE)
    if now < order.expires_at and not early:
        until = f"{athens(order.expires_at):%Y-%m-%d %H:%M:%S}"
        raise Refused(RefusalCode.ORDER_STATUS, f"Order may be answered until {until}.")
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
    after = changed(order, Verb.DISPATCH, delivery_note=note or order.delivery_note)
    from_warehouse = order.fulfilment is Fulfilment.FBS
    if order.fulfilment is Fulfilment.STORE_PICKUP:
        raise Refused(RefusalCode.ORDER_STATUS, "Order is collected from the store: deliver it.")
    if note is not None and not from_warehouse:
        raise Refused(RefusalCode.ORDER_STATUS, "Only orders fulfilled by us have a delivery note.")
    return after


def deliver(order: Order) -> Order:
    """The customer has it. Only a pickup at the store needs no dispatch before."""
    return _dispatched(order, changed(order, Verb.DELIVER))


def deliver_partially(order: Order) -> Order:
    """The customer has some of it."""
    return _dispatched(order, changed(order, Verb.DELIVER_PARTIALLY))


def _dispatched(order: Order, after: Order) -> Order:
    if order.state is OrderState.ACCEPTED and order.fulfilment is not Fulfilment.STORE_PICKUP:
        raise Refused(RefusalCode.ORDER_STATUS, "Order is not dispatched yet.")
    return after


def start_return(order: Order, announced: Return | None) -> Order:
    """The customer sends (some of) it back."""
    returns = order.returns if announced is None else (*(order.returns or ()), announced)
    return changed(order, Verb.START_RETURN, returns=returns)


def take_back(order: Order, line_ids: tuple[str, ...], reason: str) -> Order:
    """Lines came back; without `line_ids`, all that had not. `reason` is the contract's (§4)."""
    for line_id in line_ids:
        if _line(order, line_id).return_reason:
            raise Refused(RefusalCode.LINE_ITEMS, f"Line '{line_id}' is returned already.")
    chosen = line_ids or tuple(line.id for line in order.lines if not line.return_reason)
    lines = tuple(
        replace(line, return_reason=reason) if line.id in chosen else line for line in order.lines
    )
    whole = all(line.return_reason for line in lines)
    return changed(order, Verb.RETURN if whole else Verb.RETURN_PARTIALLY, lines=lines)


def record_serial_numbers(order: Order, line_id: str, numbers: tuple[str, ...]) -> Order:
    """Which pieces of a line were handed over; they replace what was there, none at all too."""
    line = _line(order, line_id)
    if len(numbers) > line.quantity:
        raise Refused(
            RefusalCode.LINE_ITEMS,
            f"serial_numbers: {len(numbers)} are given for {line.quantity} pieces.",
        )
    if not all(number.isprintable() and number.strip() for number in numbers):
        raise Refused(RefusalCode.LINE_ITEMS, "serial_numbers: each must have visible characters.")
    recorded = replace(line, serial_numbers=",".join(numbers) or None)
    lines = tuple(recorded if each is line else each for each in order.lines)
    return changed(order, Verb.RECORD_SERIAL_NUMBERS, lines=lines)


def replaced_by(order: Order, code: str, kind: ReplacementType | None) -> Order:
    """Another order was placed to replace it; the two name each other (§4)."""
    replacement = Replacement(code=code, type=kind)
    return changed(order, Verb.REPLACE, replacements=(*(order.replacements or ()), replacement))


def _line(order: Order, line_id: str) -> LineItem:
    for line in order.lines:
        if line.id == line_id:
            return line
    raise Refused(RefusalCode.LINE_ITEMS, f"'{line_id}' is not a line of this order.")
