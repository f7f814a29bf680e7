"""Pickup windows as the marketplace labels them: `15:00 - 18:00, Τρί 03/12/19` (contract §4).

The windows of `accept_options` are dated nowhere else. The date counts; the weekday is for people,
and in published documents not always that of the date, so it is not looked at.
"""

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from unicodedata import normalize

from smartcart.contract.times import ATHENS, athens

__all__ = ["PickupInterval", "format_pickup_label", "parse_pickup_label"]

_WEEKDAYS = ("Δευ", "Τρί", "Τετ", "Πέμ", "Παρ", "Σάβ", "Κυρ")

_LABEL = re.compile(
    r"""\s* (?P<h1>[0-9]{1,2}) [:.] (?P<m1>[0-9]{2})
        \s* [-\u2010-\u2015\u2212] \s*
        (?P<h2>[0-9]{1,2}) [:.] (?P<m2>[0-9]{2})
        \s* ,? \s* (?:[^\W\d_]+ \.? \s* ,? \s*)?
        (?P<day>[0-9]{1,2}) / (?P<month>[0-9]{1,2}) / (?P<year>[0-9]{4}|[0-9]{2}) \s*""",
    re.VERBOSE,
)
_NUMBERS = ("h1", "m1", "h2", "m2", "day", "month", "year")


class PickupInterval(NamedTuple):
    """From when until when the courier comes: aware, local time of Athens, `start < end`."""

    start: datetime
    end: datetime


@lru_cache(maxsize=1024)  # every order of a day offers the same windows
def format_pickup_label(interval: PickupInterval) -> str:
    """The label of a window, which must lie within one day of Athens (midnight may end it).

    Raises `ValueError` for one that does not. A window ending in the repeated hour of the autumn
    clock change cannot be told from one ending an hour earlier.
    """
    start, end = athens(interval.start), athens(interval.end)
    at_midnight = end.time() == time() and end.date() == start.date() + timedelta(days=1)
    if end <= start or not (at_midnight or end.date() == start.date()):
        raise ValueError(f"{start} to {end} is not a window within one day")
    until = "24:00" if at_midnight else f"{end:%H:%M}"
    return f"{start:%H:%M} - {until}, {_WEEKDAYS[start.weekday()]} {start:%d/%m/%y}"


@lru_cache(maxsize=1024)
def parse_pickup_label(label: str) -> PickupInterval | None:
    """The window a label means, or `None` when it cannot be told: then do not guess, ask a person.

    Any weekday word will do, short or full, with or without accent, or none; years of two digits
    are of this century.
    """
    match = _LABEL.fullmatch(normalize("NFC", label))
    if match is None:
        return None
    h1, m1, h2, m2, day, month, year = (int(match[name]) for name in _NUMBERS)
    try:
        on = date(2000 + year if len(match["year"]) == 2 else year, month, day)
        interval = PickupInterval(start=_local(on, h1, m1), end=_local(on, h2 or 24, m2))
    except (ValueError, OverflowError):
        return None
    return interval if interval.start < interval.end else None


def _local(on: date, hour: int, minute: int) -> datetime:
    """The moment in Athens; 24:00 is the next midnight, a time the clocks skip is an hour later."""
    if (hour, minute) == (24, 0):
        on, hour = on + timedelta(days=1), 0
    return athens(datetime.combine(on, time(hour, minute), ATHENS))
