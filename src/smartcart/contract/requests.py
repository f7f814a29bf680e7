"""What a merchant's program sends to the Orders API (contract §3).

Clients in the wild send numbers as strings and keys in any order: `codec.parse_accept`,
`parse_reject` and `parse_tracking` take both.
"""

from msgspec import field

from smartcart.contract.wire import Number, Wire

__all__ = ["AcceptRequest", "RejectRequest", "RejectedLine", "TrackingDetail", "TrackingRequest"]


class AcceptRequest(Wire, frozen=True, kw_only=True):
    """Body of `POST /:code/accept`: one choice from each list of the order's `accept_options`."""

    pickup_location: str
    """Always required."""
    pickup_window: Number | None = None
    """Required unless the order offers none (store pickup)."""
    number_of_parcels: Number = field(default_factory=lambda: 1)


class RejectedLine(Wire, frozen=True, kw_only=True):
    """A line that cannot be delivered as ordered."""

    id: str
    """The line's `id`."""
    reason_id: Number
    """An id of the order's `reject_options`."""
    available_quantity: Number | None = None
    """How many there are, `0 ≤ n < quantity`; for reasons that require it."""


class RejectRequest(Wire, frozen=True, kw_only=True):
    """Body of `POST /:code/reject`: either the lines, or one reason for the whole order in words.

    As `codec.parse_reject` returns it exactly one of the two is there, and no line is named twice.
    """

    line_items: tuple[RejectedLine, ...] | None = None
    rejection_reason_other: str | None = None


class TrackingDetail(Wire, frozen=True, kw_only=True):
    """One parcel of an order the merchant ships itself."""

    courier: str
    """A value of `vocabulary.FbmCourier`."""
    tracking_code: str


class TrackingRequest(Wire, frozen=True, kw_only=True):
    """Body of `POST /:code/tracking_details`; replaces what was there."""

    tracking_details: tuple[TrackingDetail, ...]
