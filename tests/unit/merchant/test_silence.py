"""What is normal for a shop, hour of the week by hour of the week, and what is too quiet."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from smartcart.contract import ATHENS, to_micros
from smartcart.merchant.domain.silence import WEEKS, Habits, expected, habits, is_alarming

HOUR = 3_600_000_000
OTHERWISE = timedelta(hours=24)
MONDAY = datetime(2026, 11, 23, tzinfo=ATHENS)


def at(days: float, hours: float = 0) -> int:
    return to_micros(MONDAY + timedelta(days=days, hours=hours))


def shop_by_day(now: int, an_hour: int = 5) -> Habits:
    """Orders from Monday to Friday, from nine to nine, in the last four weeks."""
    counts = {}
    for days in range(-7 * WEEKS, 5):
        for hour in range(9, 21):
            moment = at(days, hour)
            if days % 7 < 5 and moment < now:
                counts[moment // HOUR] = an_hour
    return habits(counts, now)


def test_two_quiet_hours_of_a_busy_morning_are_alarming() -> None:
    now = at(0, 12)
    usual = shop_by_day(now)
    assert usual.learned
    assert is_alarming(at(0, 10), now, usual, OTHERWISE)
    assert not is_alarming(at(0, 11), now, usual, OTHERWISE)


def test_a_quiet_weekend_is_normal_and_a_quiet_monday_morning_is_not() -> None:
    usual = shop_by_day(at(4, 21))
    assert not is_alarming(at(4, 21), at(7, 9), usual, OTHERWISE)
    assert is_alarming(at(4, 21), at(7, 11), usual, OTHERWISE)


def test_never_within_an_hour_however_busy_the_shop_is() -> None:
    now = at(0, 12)
    usual = shop_by_day(now, an_hour=1000)
    assert not is_alarming(now - HOUR + 1, now, usual, OTHERWISE)
    assert is_alarming(now - HOUR, now, usual, OTHERWISE)


def test_of_a_new_shop_only_the_time_that_was_set_is_known() -> None:
    now = at(0, 12)
    little = habits({now // HOUR - 30: 100}, now)
    assert not little.learned
    assert not is_alarming(now - 23 * HOUR, now, little, OTHERWISE)
    assert is_alarming(now - 24 * HOUR, now, little, OTHERWISE)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_what_is_expected_adds_up_and_grows(a: int, b: int, c: int) -> None:
    usual = shop_by_day(at(0, 12))
    start, middle, end = (at(0, hours) for hours in sorted((a, b, c)))
    parts = expected(start, middle, usual) + expected(middle, end, usual)
    assert abs(parts - expected(start, end, usual)) < 1e-6
    assert expected(start, end, usual) >= expected(start, middle, usual)
