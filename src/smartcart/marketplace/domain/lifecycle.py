"""The life of an order: one table. What is not in it does not happen.

Every transition is told to the merchant as one webhook event (contract §5).
"""

from collections.abc import Mapping
from enum import StrEnum

from smartcart.contract import OrderState
from smartcart.marketplace.domain.refusal import RefusalCode, Refused


class Verb(StrEnum):
    """What can be done to an order."""

    PLACE = "place"
    ACCEPT = "accept"
    REJECT = "reject"
    CANCEL = "cancel"
    EXTEND = "extend"
    EXPIRE = "expire"
    ISSUE_VOUCHER = "issue_voucher"


TABLE: Mapping[tuple[OrderState | None, Verb], OrderState] = {
    (None, Verb.PLACE): OrderState.OPEN,
    (OrderState.OPEN, Verb.ACCEPT): OrderState.ACCEPTED,
    (OrderState.OPEN, Verb.REJECT): OrderState.REJECTED,
    (OrderState.OPEN, Verb.CANCEL): OrderState.CANCELLED,
    (OrderState.OPEN, Verb.EXTEND): OrderState.OPEN,
    (OrderState.OPEN, Verb.EXPIRE): OrderState.EXPIRED,
    (OrderState.ACCEPTED, Verb.CANCEL): OrderState.CANCELLED,
    (OrderState.ACCEPTED, Verb.ISSUE_VOUCHER): OrderState.ACCEPTED,
}

_PAST = {Verb.ACCEPT: OrderState.ACCEPTED, Verb.REJECT: OrderState.REJECTED}


def after(state: OrderState, verb: Verb) -> OrderState:
    """The state that `verb` leads to from `state`; raises `Refused` when the table has no row."""
    following = TABLE.get((state, verb))
    if following is None:
        raise Refused(RefusalCode.ORDER_STATUS, _why_not(state, verb))
    return following


def _why_not(state: OrderState, verb: Verb) -> str:
    """The contract's own words where it has some (§3)."""
    if _PAST.get(verb) is state:
        return f"Order already {state}."
    return f"Order is {state}."
