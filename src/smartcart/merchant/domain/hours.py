"""When the shop works: its opening hours, its closed days, and when a parcel is ready by them."""

import re
from collections.abc import Callable, Iterator, Set
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

from smartcart.contract import ATHENS, PickupInterval, athens

_CLOCK = r"([01]?[0-9]|2[0-4])[:.]([0-5][0-9])"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN = re.compile(rf"{_CLOCK}\s*[-–]\s*{_CLOCK}")
_TIME = re.compile(_CLOCK)
_LONGEST_SEARCH_DAYS = 60
_MIDNIGHT = time()
_DAY_MINUTES = 24 * 60


class Span(NamedTuple):
    """Local times of a day in Athens; `end` midnight is the end of the day."""

    start: time
    end: time


Week = tuple[tuple[Span, ...], ...]
"""The spans of each day, Monday first, in the order of the day."""


class Hours(Struct, frozen=True):
    """`closed` are days on which the shop does not work, whatever day of the week they are."""

    week: Week
    closed: Set[date] = frozenset()

    def spans(self, day: date) -> Iterator[PickupInterval]:
        """When the shop works on `day`."""
        if day in self.closed:
            return
        for span in self.week[day.weekday()]:
            ends_on = day + timedelta(days=1) if span.end == _MIDNIGHT else day
            yield PickupInterval(_at(day, span.start), _at(ends_on, span.end))

    def cover(self, interval: PickupInterval) -> bool:
        """Whether somebody is there all through `interval`, which lies within one day."""
        day = athens(interval.start).date()
        reached = interval.start
        for span in self.spans(day):
            if span.start <= reached < span.end:
                reached = span.end
        return reached >= interval.end

    def ready_at(
        self, now: datetime, preparation: timedelta, cut_off: time | None
    ) -> datetime | None:
        """When a parcel that is begun `now` is ready to go, prepared while the shop works alone.

        After `cut_off` nothing is begun before the next day. None when the shop does not work long
        enough in the two months to come.
        """
        today = athens(now).date()
        begin = now
        if cut_off is not None and athens(now).time() >= cut_off:
            begin = _at(today + timedelta(days=1), _MIDNIGHT)
        left = preparation
        for days in range(_LONGEST_SEARCH_DAYS):
            for span in self.spans(today + timedelta(days=days)):
                start = max(span.start, begin)
                if start >= span.end:
                    continue
                if _between(start, span.end) >= left:
                    return athens(start.astimezone(UTC) + left)
                left -= _between(start, span.end)
        return None


class Opening(Struct, frozen=True, kw_only=True):
    """`[hours]`: when parcels are prepared and a courier finds somebody."""

    monday: Annotated[str, Meta(description="As 09:00-14:00, 17:00-21:00; empty is closed.")] = (
        "09:00-18:00"
    )
    tuesday: Annotated[str, Meta(description="As monday.")] = "09:00-18:00"
    wednesday: Annotated[str, Meta(description="As monday.")] = "09:00-18:00"
    thursday: Annotated[str, Meta(description="As monday.")] = "09:00-18:00"
    friday: Annotated[str, Meta(description="As monday.")] = "09:00-18:00"
    saturday: Annotated[str, Meta(description="As monday.")] = ""
    sunday: Annotated[str, Meta(description="As monday.")] = ""
    greek_holidays: Annotated[
        bool, Meta(description="Closed on public holidays of Greece, the movable ones included.")
    ] = True
    closed: Annotated[
        tuple[str, ...], Meta(description="Other days on which it is closed, as 2026-08-14.")
    ] = ()
    open: Annotated[
        tuple[str, ...], Meta(description="Holidays on which it works all the same.")
    ] = ()

    def __post_init__(self) -> None:
        for day in DAYS:
            checked(day, parse_day, getattr(self, day))
        for name in ("closed", "open"):
            for day in getattr(self, name):
                checked(name, _date, day)

    def hours(self, holidays: frozenset[date] = frozenset()) -> Hours:
        """The hours, when `holidays` are the public ones."""
        public = holidays if self.greek_holidays else frozenset()
        closed = (public | set(map(_date, self.closed))) - set(map(_date, self.open))
        return Hours(tuple(self._spans(day) for day in DAYS), frozenset(closed))

    def _spans(self, day: str) -> tuple[Span, ...]:
        return parse_day(str(getattr(self, day)))


def checked(name: str, parse: Callable[[str], object], text: str) -> None:
    """Raises the `ValueError` of parsing `text`, with the name of the setting before it."""
    try:
        parse(text)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def parse_day(text: str) -> tuple[Span, ...]:
    """The spans of `09:00-14:00, 17:00-21:00`; none for an empty text, a day on which it is closed.

    Raises `ValueError` for anything else, and for spans that overlap or end before they begin.
    """
    spans = tuple(_span(part) for part in text.split(",")) if text.strip() else ()
    for span, following in pairwise(spans):
        if span.end == _MIDNIGHT or following.start < span.end:
            raise ValueError(f"{text!r} does not go forward in time; write the earlier span first")
    return spans


def parse_time(text: str) -> time | None:
    """The time of `15:00`, None for an empty text. Raises `ValueError` for anything else."""
    if not text.strip():
        return None
    found = _TIME.fullmatch(text.strip())
    if found is None or found[1] == "24":
        raise ValueError(f"{text!r} is no time of day; write one like 15:00")
    return time(int(found[1]), int(found[2]))


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text.strip()!r} is no span of a day; write one like 09:00-17:00")
    start, end = (int(found[n]) * 60 + int(found[n + 1]) for n in (1, 3))
    if not start < end <= _DAY_MINUTES:
        raise ValueError(f"{text.strip()!r} does not end after it begins, or after 24:00")
    return Span(_clock(start), _clock(end % _DAY_MINUTES))


def _clock(minutes: int) -> time:
    return time(*divmod(minutes, 60))


def _at(day: date, when: time) -> datetime:
    return athens(datetime.combine(day, when, ATHENS))


def _between(start: datetime, end: datetime) -> timedelta:
    """Time that passes, also when the clocks are changed meanwhile."""
    return end.astimezone(UTC) - start.astimezone(UTC)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no date; write one like 2026-08-14") from None
