"""What may be decided about an open order, as plain values that can be stored and explained."""

from enum import StrEnum

from msgspec import Struct

from smartcart.contract import AcceptRequest, RejectedLine, RejectRequest


class HoldReason(StrEnum):
    """Why an order waits for a person: something is not certain, or the shop wishes it so."""

    NO_LINES = "no_lines"
    UNKNOWN_SKU = "unknown_sku"
    STOCK_IN_DOUBT = "stock_in_doubt"
    TOO_LATE = "too_late"
    NO_OPTIONS = "no_options"
    NO_WORKABLE_WINDOW = "no_workable_window"
    NO_PLACE_HAS_ALL = "no_place_has_all"
    TOO_MANY_PARCELS = "too_many_parcels"
    WEIGHT_UNKNOWN = "weight_unknown"
    REASON_NOT_OFFERED = "reason_not_offered"
    LINES_ALIKE = "lines_alike"
    VALUE_UNKNOWN = "value_unknown"

    VALUE = "value"
    PIECES = "pieces"
    PRICE = "price"
    PRICE_UNKNOWN = "price_unknown"
    SKU = "sku"
    VAT_EXCLUSION = "vat_exclusion"
    INVOICE_DOCUMENT = "invoice_document"
    PAYMENT_METHOD = "payment_method"
    GIFT_WRAP = "gift_wrap"
    STORE_PICKUP = "store_pickup"
    COMMENTS = "comments"
    REMOTE_ZIP = "remote_zip"
    NEAR_DEADLINE = "near_deadline"
    ACCEPT_BY_HAND = "accept_by_hand"
    REJECT_BY_HAND = "reject_by_hand"


WISHES = frozenset(
    {
        HoldReason.VALUE,
        HoldReason.PIECES,
        HoldReason.PRICE,
        HoldReason.PRICE_UNKNOWN,
        HoldReason.SKU,
        HoldReason.VAT_EXCLUSION,
        HoldReason.INVOICE_DOCUMENT,
        HoldReason.PAYMENT_METHOD,
        HoldReason.GIFT_WRAP,
        HoldReason.STORE_PICKUP,
        HoldReason.COMMENTS,
        HoldReason.REMOTE_ZIP,
        HoldReason.NEAR_DEADLINE,
        HoldReason.ACCEPT_BY_HAND,
        HoldReason.REJECT_BY_HAND,
    }
)
"""Reasons of the shop's own, which its last resort may set aside; the others are facts."""


class Rule(StrEnum):
    """What made an answer; a hold is made by its reason."""

    IN_STOCK = "in_stock"
    SHORT = "short"
    LAST_RESORT = "last_resort"


class Cause(Struct, frozen=True, omit_defaults=True):
    """One reason to hold an order.

    `about` names what was found wanting. `found` and `limit` are what was counted and what the
    policy sets: cents for `VALUE` and `PRICE` (where `limit` is the shop's own price), minutes for
    `NEAR_DEADLINE`, else pieces or parcels; None where nothing is counted.
    """

    why: HoldReason
    about: str = ""
    found: int | None = None
    limit: int | None = None


class Accept(Struct, frozen=True, tag="accept"):
    """Everything can be served. `window` None where none is offered (store pickup)."""

    location: str
    window: int | None
    parcels: int
    rule: Rule = Rule.IN_STOCK

    def request(self) -> AcceptRequest:
        return AcceptRequest(
            pickup_location=self.location,
            pickup_window=self.window,
            number_of_parcels=self.parcels,
        )


class Reject(Struct, frozen=True, tag="reject"):
    """These lines are short; what is left of the order is reprocessed by the marketplace."""

    lines: tuple[RejectedLine, ...]
    rule: Rule = Rule.SHORT

    def request(self) -> RejectRequest:
        return RejectRequest(line_items=self.lines)


class Hold(Cause, frozen=True, tag="hold", omit_defaults=True):
    """Not for a program to decide, because of this and of what `also` was found."""

    also: tuple[Cause, ...] = ()

    @property
    def causes(self) -> tuple[Cause, ...]:
        return (Cause(self.why, self.about, self.found, self.limit), *self.also)


class NothingReason(StrEnum):
    """Why nothing is to be decided."""

    NOT_OPEN = "not_open"
    EXPRESS = "express"
    FULFILLED = "fulfilled_by_marketplace"


class Nothing(Struct, frozen=True, tag="nothing"):
    """Nothing is asked of the merchant; `why` is a `NothingReason`."""

    why: str


Decision = Accept | Reject | Hold | Nothing


def hold(causes: tuple[Cause, ...]) -> Hold:
    """Hold for these causes, the first the foremost; there is at least one."""
    first, *also = causes
    return Hold(first.why, first.about, first.found, first.limit, also=tuple(also))
