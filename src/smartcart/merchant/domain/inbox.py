"""What an event is worth beside what is known already (contract §5).

Events have no id, may come again, and may come in any order. The same event is the same bytes;
what is older than the newest event applied is stale; of two different events of one second neither
can be said to be the newer, and the order itself is read to decide. So it is with an event from
before the order was last read, or about then: the reading may know more.
"""

from enum import StrEnum

from msgspec import Struct

from smartcart.contract import EventType


class Verdict(StrEnum):
    APPLY = "apply"
    DUPLICATE = "duplicate"
    STALE = "stale"
    UNDECIDABLE = "undecidable"
    """The order is read through the API, and that reading is applied."""
    KEEP = "keep"
    """Of a type we do not know: kept for whoever will."""


class Received(Struct, frozen=True, kw_only=True):
    """An event, as far as it matters here. `event_time` is microseconds, None when unreadable.

    `seen` says that an event of the same bytes came before; `readable` that its order can be read.
    """

    event_type: str
    event_time: int | None
    seen: bool
    readable: bool


_AHEAD = 3_600 * 1_000_000
_CLOCKS_DIFFER = 2 * 1_000_000


def credible(event_time: int | None, now: int) -> int | None:
    """`event_time`, or None when it is over an hour ahead of `now`.

    Believing it would make everything that is told later stale.
    """
    return None if event_time is not None and event_time > now + _AHEAD else event_time


_KNOWN = frozenset(EventType)


class Known(Struct, frozen=True):
    """What was applied to an order already.

    `newest` is the newest `event_time` of it, None when no event with a time was. `read_at` is
    when the order was last read, None for never. Both are microseconds.
    """

    newest: int | None
    read_at: int | None = None


def verdict(event: Received, known: Known | None) -> Verdict:
    """What to do with `event`; `known` is None for the first one of its order."""
    if event.seen:
        return Verdict.DUPLICATE
    if event.event_type not in _KNOWN:
        return Verdict.KEEP
    if known is not None and _older(event.event_time, known.newest):
        return Verdict.STALE
    if not event.readable or (known is not None and not _is_newer(event.event_time, known)):
        return Verdict.UNDECIDABLE
    return Verdict.APPLY


def _older(time: int | None, newest: int | None) -> bool:
    return time is not None and newest is not None and time < newest


def _is_newer(time: int | None, known: Known) -> bool:
    """Whether an event of this time certainly tells more than is known."""
    if time is None or time == known.newest:
        return False
    return known.read_at is None or time > known.read_at + _CLOCKS_DIFFER
