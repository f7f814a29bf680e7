"""Ours, on top of the published contract: what a shop that was away reads to miss nothing.

`docs/reference/extensions.md` describes the calls. A marketplace that is not ours has none of them.
"""

from smartcart.contract.events import Event
from smartcart.contract.order import Order
from smartcart.contract.wire import Wire

__all__ = ["EventPage", "Newest", "OrderPage"]


class EventPage(Wire, frozen=True, kw_only=True):
    """Some of a shop's events, oldest first."""

    events: tuple[Event, ...]
    """Each as the body of a webhook request, byte for byte."""
    next: str
    """The cursor behind the last of them: give it as `after`, now or in a year."""
    more: bool
    """Whether there is more behind that already."""


class OrderPage(Wire, frozen=True, kw_only=True):
    """Some of a shop's orders, those first that have not changed for longest."""

    orders: tuple[Order, ...]
    """Each as it is now. There may be none of them, and more all the same."""
    next: str
    """The cursor behind the last of them: give it as `cursor`, with the same other parameters."""
    more: bool
    """Whether there is more behind that already."""


class Newest(Wire, frozen=True, kw_only=True):
    """The end of a shop's journal."""

    next: str
    """The cursor behind the newest event; only what comes later is behind it."""
