"""What may be decided about an open order, as plain values that can be stored and explained."""

from enum import StrEnum

from msgspec import Struct

from smartcart.contract import AcceptRequest, RejectedLine, RejectRequest


class HoldReason(StrEnum):
    """Why an order waits for a person."""

    NO_LINES = "no_lines"
    UNKNOWN_SKU = "unknown_sku"
    TOO_LATE = "too_late"
    NO_OPTIONS = "no_options"
    NO_WORKABLE_WINDOW = "no_workable_window"
    REASON_NOT_OFFERED = "reason_not_offered"
    LINES_ALIKE = "lines_alike"


class Accept(Struct, frozen=True, tag="accept"):
    """Everything can be served. `window` None where none is offered (store pickup)."""

    location: str
    window: int | None
    parcels: int

    def request(self) -> AcceptRequest:
        return AcceptRequest(
            pickup_location=self.location,
            pickup_window=self.window,
            number_of_parcels=self.parcels,
        )


class Reject(Struct, frozen=True, tag="reject"):
    """These lines are short; what is left of the order is reprocessed by the marketplace."""

    lines: tuple[RejectedLine, ...]

    def request(self) -> RejectRequest:
        return RejectRequest(line_items=self.lines)


class Hold(Struct, frozen=True, tag="hold"):
    """Not for a program to decide; `about` names what was found wanting."""

    why: HoldReason
    about: str = ""


class Nothing(Struct, frozen=True, tag="nothing"):
    """Nothing is asked of the merchant."""

    why: str


Decision = Accept | Reject | Hold | Nothing
