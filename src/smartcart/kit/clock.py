"""Moments: aware `datetime` in the program, whole microseconds since the epoch in storage."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Clock = Callable[[], datetime]
"""Tells the present moment, aware: `utc_now`, or a time of the caller's own."""


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def micros(moment: datetime) -> int:
    """Microseconds from 1970-01-01T00:00:00Z to `moment`: exact, negative before it.

    Raises `ValueError` for a naive `datetime`, which does not name a moment.
    """
    if moment.utcoffset() is None:
        raise ValueError(f"{moment!r} has no time zone; give it one, for example tzinfo=UTC")
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(count: int) -> datetime:
    """The moment `count` microseconds after the epoch, in UTC; the inverse of `micros`.

    Raises `OverflowError` outside the years 1 to 9999.
    """
    return _EPOCH + timedelta(microseconds=count)
