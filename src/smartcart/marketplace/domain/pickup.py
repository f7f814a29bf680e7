"""When couriers call: three windows on every Greek working day."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice

import holidays

from smartcart.contract import ATHENS
from smartcart.marketplace.domain.order import PickupWindow

_HOURS = ((10, 12), (12, 15), (15, 18))
_LEAD = timedelta(hours=2)
OFFERED = 5


def windows(now: datetime, first_id: int = 1) -> tuple[PickupWindow, ...]:
    """The next windows that begin at least two hours from `now`, with ids from `first_id`."""
    spans = (span for day in _working_days(now) for span in _spans(day) if span[0] >= now + _LEAD)
    return tuple(
        PickupWindow(first_id + n, start, end)
        for n, (start, end) in enumerate(islice(spans, OFFERED))
    )


def working_days_after(now: datetime, days: int) -> date:
    """The day that is `days` working days after the day of `now`."""
    following = (day for day in _working_days(now) if day > now.astimezone(ATHENS).date())
    return next(islice(following, days - 1, None))


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in _holidays(day.year)


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
    return frozenset(holidays.country_holidays("GR", years=year))
