"""Ours, on top of the published contract: what a shop reads to miss nothing, and to know why.

`docs/reference/extensions.md` describes the calls. A marketplace that is not ours has none of them.
"""

from smartcart.contract.events import Event
from smartcart.contract.order import Order
from smartcart.contract.wire import Count, Time, Wire

__all__ = ["EventPage", "Newest", "OrderPage", "WebhookAttempt", "WebhookStanding"]


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


class WebhookAttempt(Wire, frozen=True, kw_only=True):
    """A request to a shop's webhook URL, or one that was not made."""

    at: Time
    """When it began."""
    order: str
    """The code of the order that it told of."""
    outcome: str
    """`delivered`, `failed` (it is made again), `exhausted` (it is not) or `lost` (with its
    sender; it is made again)."""
    status: int | None = None
    """That of the answer; left out where none came."""
    error: str | None = None
    """What kind of failure it was, in one word such as `status`, `timeout`, `connect` or `tls`;
    left out where there was none."""
    detail: str
    """The same in the sender's words."""


class WebhookStanding(Wire, frozen=True, kw_only=True):
    """How a shop's webhook fares at the marketplace."""

    url: str
    """Where events are sent; empty where no URL is set."""
    enabled: bool
    """Whether they are sent at all."""
    failing_since: Time | None = None
    """The first of the failures in a row for which it is taken to be failing; left out while it is
    not. Then new events are tried one at a time, until one is delivered."""
    last_success: Time | None = None
    """When it last answered 200, as far as the record reaches; left out where it never did."""
    waiting: Count
    """Events that are still to be delivered; 10000 means so many or more."""
    exhausted: Count
    """Events that were not sent again, of the 10000 that were given up last. All of them are in the
    shop's journal."""
    next_attempt: Time | None = None
    """When the next request is due; left out while none is."""
    attempts: tuple[WebhookAttempt, ...]
    """The newest few, the newest first."""
