"""The life of an order: one table. What is not in it does not happen.

A transition is told to the merchant as one webhook event, unless its verb is a silent one or it
changes nothing that events tell of (contract §5).
"""

from collections.abc import Mapping
from enum import StrEnum

from smartcart.contract import OrderState
from smartcart.marketplace.domain.refusal import RefusalCode, Refused


class Verb(StrEnum):
    """What can be done to an order."""

    PLACE = "place"
    PLACE_ACCEPTED = "place_accepted"
    ACCEPT = "accept"
    ACCEPT_EXPRESS = "accept_express"
    REJECT = "reject"
    CANCEL = "cancel"
    EXTEND = "extend"
    EXPIRE = "expire"
    ASSIGN_COURIER = "assign_courier"
    ISSUE_VOUCHER = "issue_voucher"
    MARK_READY = "mark_ready"
    MARK_NOT_READY = "mark_not_ready"
    RESCHEDULE = "reschedule"
    TRACK = "track"
    UPLOAD_INVOICE = "upload_invoice"
    REJECT_UNDISPATCHED = "reject_undispatched"
    DISPATCH = "dispatch"
    DELIVER = "deliver"
    DELIVER_PARTIALLY = "deliver_partially"
    START_RETURN = "start_return"
    RETURN_PARTIALLY = "return_partially"
    RETURN = "return"
    RECORD_SERIAL_NUMBERS = "record_serial_numbers"
    REPLACE = "replace"

    @property
    def past(self) -> str:
        """What the order's history says of it."""
        return _PAST.get(self, f"{self.removesuffix('e')}ed")


_PAST = {
    Verb.PLACE_ACCEPTED: "placed",
    Verb.ACCEPT_EXPRESS: "accepted",
    Verb.ASSIGN_COURIER: "courier_assigned",
    Verb.ISSUE_VOUCHER: "voucher_issued",
    Verb.MARK_READY: "marked_ready",
    Verb.MARK_NOT_READY: "marked_not_ready",
    Verb.UPLOAD_INVOICE: "invoice_uploaded",
    Verb.REJECT_UNDISPATCHED: "rejected",
    Verb.DELIVER_PARTIALLY: "partially_delivered",
    Verb.CANCEL: "cancelled",
    Verb.START_RETURN: "for_return",
    Verb.RETURN_PARTIALLY: "partially_returned",
    Verb.RECORD_SERIAL_NUMBERS: "serial_numbers_recorded",
}

SILENT = frozenset(
    {
        Verb.TRACK,
        Verb.UPLOAD_INVOICE,
        Verb.DELIVER,
        Verb.DELIVER_PARTIALLY,
        Verb.START_RETURN,
        Verb.RECORD_SERIAL_NUMBERS,
        Verb.REPLACE,
    }
)
"""What no event is sent for (contract §5)."""

_RETURNABLE = (
    OrderState.DELIVERED,
    OrderState.PARTIALLY_DELIVERED,
    OrderState.FOR_RETURN,
    OrderState.PARTIALLY_RETURNED,
)
_TAKEN = (
    OrderState.ACCEPTED,
    OrderState.DISPATCHED,
    *_RETURNABLE,
    OrderState.RETURNED,
)

TABLE: Mapping[tuple[OrderState | None, Verb], OrderState] = {
    (None, Verb.PLACE): OrderState.OPEN,
    (None, Verb.PLACE_ACCEPTED): OrderState.ACCEPTED,
    (OrderState.OPEN, Verb.ACCEPT): OrderState.ACCEPTED,
    (OrderState.OPEN, Verb.ACCEPT_EXPRESS): OrderState.ACCEPTED,
    (OrderState.OPEN, Verb.REJECT): OrderState.REJECTED,
    (OrderState.OPEN, Verb.CANCEL): OrderState.CANCELLED,
    (OrderState.OPEN, Verb.EXTEND): OrderState.OPEN,
    (OrderState.OPEN, Verb.EXPIRE): OrderState.EXPIRED,
    (OrderState.OPEN, Verb.ASSIGN_COURIER): OrderState.OPEN,
    (OrderState.ACCEPTED, Verb.CANCEL): OrderState.CANCELLED,
    (OrderState.ACCEPTED, Verb.ASSIGN_COURIER): OrderState.ACCEPTED,
    (OrderState.ACCEPTED, Verb.ISSUE_VOUCHER): OrderState.ACCEPTED,
    (OrderState.ACCEPTED, Verb.MARK_READY): OrderState.ACCEPTED,
    (OrderState.ACCEPTED, Verb.MARK_NOT_READY): OrderState.ACCEPTED,
    (OrderState.ACCEPTED, Verb.RESCHEDULE): OrderState.ACCEPTED,
    (OrderState.ACCEPTED, Verb.REJECT_UNDISPATCHED): OrderState.REJECTED,
    (OrderState.ACCEPTED, Verb.DISPATCH): OrderState.DISPATCHED,
    (OrderState.ACCEPTED, Verb.DELIVER): OrderState.DELIVERED,
    (OrderState.ACCEPTED, Verb.DELIVER_PARTIALLY): OrderState.PARTIALLY_DELIVERED,
    (OrderState.DISPATCHED, Verb.CANCEL): OrderState.CANCELLED,
    (OrderState.DISPATCHED, Verb.DELIVER): OrderState.DELIVERED,
    (OrderState.DISPATCHED, Verb.DELIVER_PARTIALLY): OrderState.PARTIALLY_DELIVERED,
    (OrderState.DISPATCHED, Verb.START_RETURN): OrderState.FOR_RETURN,
    **{(state, Verb.START_RETURN): OrderState.FOR_RETURN for state in _RETURNABLE},
    **{(state, Verb.RETURN_PARTIALLY): OrderState.PARTIALLY_RETURNED for state in _RETURNABLE},
    **{(state, Verb.RETURN): OrderState.RETURNED for state in _RETURNABLE},
    **{(s, Verb.TRACK): s for s in (OrderState.ACCEPTED, OrderState.DISPATCHED)},
    **{(state, Verb.UPLOAD_INVOICE): state for state in _TAKEN},
    **{(state, Verb.RECORD_SERIAL_NUMBERS): state for state in _TAKEN},
    **{(state, Verb.REPLACE): state for state in OrderState},
}

_ANSWERED = {Verb.ACCEPT: OrderState.ACCEPTED, Verb.REJECT: OrderState.REJECTED}


def after(state: OrderState, verb: Verb) -> OrderState:
    """The state that `verb` leads to from `state`; raises `Refused` when the table has no row."""
    following = TABLE.get((state, verb))
    if following is None:
        raise Refused(RefusalCode.ORDER_STATUS, _why_not(state, verb))
    return following


def _why_not(state: OrderState, verb: Verb) -> str:
    """The contract's own words where it has some (§3)."""
    if _ANSWERED.get(verb) is state:
        return f"Order already {state}."
    return f"Order is {state}."
