"""An order as the merchant keeps it: where it stands, and what was done about it."""

from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from smartcart.contract import Order, OrderState
from smartcart.merchant.domain.decisions import Accept, Decision, Reject
from smartcart.merchant.domain.shelves import Shelf


class Status(StrEnum):
    """Where an order stands with us; `ShopOrder.state` is the marketplace's own word for it."""

    WAITING = "waiting"
    """Open, and not for us to answer."""
    HELD = "held"
    """Open, and a person must look."""
    ACCEPTING = "accepting"
    """Decided; the accept is on its way."""
    REJECTING = "rejecting"
    NEEDS_ATTENTION = "needs_attention"
    """Decided, and the decision could not be carried out."""
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    HANDED_OVER = "handed_over"
    """With the courier, the customer, or on its way back."""


UNDECIDED = frozenset({Status.WAITING, Status.HELD, Status.NEEDS_ATTENTION})

FULFILLED = {Status.ACCEPTING: Status.ACCEPTED, Status.REJECTING: Status.REJECTED}
"""What becomes of an order whose answer the marketplace confirms."""

ENDED = {
    OrderState.REJECTED.value: Status.REJECTED,
    OrderState.CANCELLED.value: Status.CANCELLED,
    OrderState.EXPIRED.value: Status.EXPIRED,
}
"""States in which the goods stay with the shop."""

LEFT = frozenset(
    {
        OrderState.DISPATCHED.value,
        OrderState.DELIVERED.value,
        OrderState.PARTIALLY_DELIVERED.value,
        OrderState.FOR_RETURN.value,
        OrderState.PARTIALLY_RETURNED.value,
        OrderState.RETURNED.value,
    }
)
"""States in which the goods have left the shop."""


FINISHED = frozenset({*ENDED.values(), Status.HANDED_OVER})
"""Of these nothing more is to be done at the shop."""


class Source(NamedTuple):
    """Where a document is kept in the inbox."""

    key: str
    seq: int


class Basis(Struct, frozen=True, omit_defaults=True):
    """What an order asked for of a product, and what was known of it when it was decided.

    `available` are the pieces that could be relied on; None for plenty, uncounted, and for a
    product without a `shelf`, which was not known.
    """

    sku: str
    wanted: int
    available: int | None
    shelf: Shelf | None = None

    @property
    def is_short(self) -> bool:
        return self.available is not None and self.available < self.wanted


class Grounds(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When and from what a decision was made, beside the stock, which is the `basis`.

    `at` and `ready_at`, when the parcel would have been ready, are microseconds; `value` is cents,
    None when the order did not say. `window` is the label of the pickup window that was chosen.
    `policy` is the name of the policy, `source` the document; in `shadow` nothing was sent.
    """

    at: int
    source: Source
    policy: str
    value: int | None = None
    ready_at: int | None = None
    window: str = ""
    shadow: bool = False


class Decided(Struct, frozen=True):
    """A decision with all that it was made from: enough to explain it, and to make it again."""

    decision: Decision
    grounds: Grounds
    basis: tuple[Basis, ...]


class ShopOrder(Struct, frozen=True, kw_only=True):
    """`version` counts changes and guards them. Times are microseconds, None when not told.

    `event_time` is that of the newest event applied, `read_at` when the order was last read
    through the API, `newest` the document last applied.
    `voucher` is the one in force, empty for none; `vouchers` are all that were ever to be printed,
    in order, one that was withdrawn and came back twice. `grounds` and `basis` are what the
    decision was made from. `answers` counts the answers that were to be sent, `holds` says that
    stock is reserved.
    """

    code: str
    version: int
    status: Status
    state: str
    newest: Source
    event_time: int | None
    expires_at: int | None
    dispatch_until: int | None
    read_at: int | None = None
    voucher: str = ""
    vouchers: tuple[str, ...] = ()
    decision: Decision | None = None
    grounds: Grounds | None = None
    basis: tuple[Basis, ...] = ()
    answers: int = 0
    holds: bool = False

    @property
    def is_undecided(self) -> bool:
        return self.status in UNDECIDED

    @property
    def decided(self) -> Decided | None:
        """The last decision, None before the first."""
        if self.decision is None or self.grounds is None:
            return None
        return Decided(self.decision, self.grounds, self.basis)

    def awaits_answer(self, number: int) -> bool:
        """Whether answer `number` is still to be sent."""
        return number == self.answers and self.status in FULFILLED

    @property
    def is_answered(self) -> bool:
        """Whether the order is in the state that its decision was to bring about."""
        return (isinstance(self.decision, Accept) and self.status is Status.ACCEPTED) or (
            isinstance(self.decision, Reject) and self.status is Status.REJECTED
        )

    @property
    def is_off(self) -> bool:
        """Whether it ended before the goods left: they stay with the shop."""
        return self.status in ENDED.values()

    def awaits_print(self, url: str) -> bool:
        """Whether the voucher at `url` is still wanted on paper."""
        return self.status is Status.ACCEPTED and self.voucher == url


class Told(Struct, frozen=True):
    """The order as the marketplace tells it: `event_time` is when, or `read_at` when it was read.

    Both in microseconds; None for the other way, and both for a document already told.
    """

    document: Order
    source: Source
    event_time: int | None = None
    read_at: int | None = None
