"""What the marketplace POSTs to a merchant's webhook URL (contract §5)."""

from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from msgspec import field

from smartcart.contract.order import Order, PickupWindow
from smartcart.contract.wire import Count, Time, Wire, absent, nothing

__all__ = ["Change", "Changes", "Envelope", "Event", "IpRanges"]

T = TypeVar("T")


class Change(Wire, Generic[T], frozen=True, kw_only=True):
    """One field before and after; either may be null."""

    old: T | None = field(default_factory=absent)
    new: T | None = field(default_factory=absent)


class Changes(Wire, frozen=True, kw_only=True):
    """The fields that an `order_updated` changed; each is present only when it did."""

    state: Change[str] | None = None
    expires_at: Change[Time] | None = None
    dispatch_until: Change[Time] | None = None
    courier: Change[str] | None = None
    courier_voucher: Change[str] | None = None
    courier_tracking_codes: Change[tuple[str, ...]] | None = None
    fbs_delivery_note: Change[str] | None = None
    fbs_delivery_note_url: Change[str] | None = None
    pickup_window: Change[PickupWindow] | None = None
    number_of_parcels: Change[Count] | None = None
    pickup_address: Change[str] | None = None
    is_ready_for_dispatch: Change[bool] | None = None


class Event(Wire, frozen=True, kw_only=True, dict=True, gc=True):
    """One webhook request's body.

    The published contract gives events no id: the same event is the same order code, type, time and
    bytes.
    """

    event_type: str
    """A value of `vocabulary.EventType`, or one we do not know yet."""
    event_time: Time
    """To the second."""
    order: Order
    """The order as it is after the event."""
    changes: Changes | None = None

    @property
    def raw(self) -> bytes:
        """The bytes `codec.parse_event` was given, whole; empty for an event made here."""
        raw = self.__dict__.get("raw_document", b"")
        return raw if isinstance(raw, bytes) else b""


class Envelope(NamedTuple):
    """What can be told of any JSON object that arrives at a webhook URL."""

    event_type: str
    """Empty when the document names none."""
    event_time: datetime | None
    """Aware, or `None` when the document has none that can be read."""
    order_code: str
    """Empty when the document has no order with a code."""


class IpRanges(Wire, frozen=True, kw_only=True):
    """Where webhook requests come from, as served at `/ip_ranges.json`."""

    ipv4: tuple[str, ...] = field(default_factory=nothing)
    """Networks in CIDR notation."""
    ipv6: tuple[str, ...] = field(default_factory=nothing)
    last_modified: str = field(default_factory=str)
    """When the lists changed last; its form is not published, we write ISO 8601."""
