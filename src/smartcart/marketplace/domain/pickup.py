"""When couriers call: three windows on every Greek working day."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import count, islice

from smartcart.contract import ATHENS
from smartcart.marketplace.domain.order import WINDOWS_OFFERED, PickupWindow

_HOURS = ((10, 12), (12, 15), (15, 18))
LEAD = timedelta(hours=2)
"""How long before a window begins its pickup must be settled."""


def windows(now: datetime, until: datetime, first_id: int = 1) -> tuple[PickupWindow, ...]:
    """The windows that begin at least two hours from `now`, with ids from `first_id`.

    They go on past `until`, so that at every moment before it there are as many to offer.
    """
    return tuple(
        PickupWindow(number, start, end)
        for number, (start, end) in zip(count(first_id), _long_enough(now, until), strict=False)
    )


def working_days_after(now: datetime, days: int) -> date:
    """The day that is `days` working days after the day of `now`."""
    following = (day for day in _working_days(now) if day > now.astimezone(ATHENS).date())
    return next(islice(following, days - 1, None))


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in _holidays(day.year)


def _long_enough(now: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    days = _working_days(now)
    spans = (span for day in days for span in _spans(day) if span[0] >= now + LEAD)
    after = 0
    while after < WINDOWS_OFFERED:
        span = next(spans)
        after += span[0] >= until
        yield span


def _working_days(now: datetime) -> Iterator[date]:
    day = now.astimezone(ATHENS).date()
    while True:
        if is_working_day(day):
            yield day
        day += timedelta(days=1)


def _spans(day: date) -> Iterator[tuple[datetime, datetime]]:
    for start, end in _HOURS:
        yield _at(day, start), _at(day, end)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=ATHENS)


@lru_cache
def _holidays(year: int) -> frozenset[date]:
    # Imported when it is asked for: it takes a third of a program's start.
    import holidays  # noqa: PLC0415

    return frozenset(holidays.country_holidays("GR", years=year))
