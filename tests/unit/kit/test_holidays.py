"""The public holidays of Greece, against dates of Orthodox Easter that are reckoned otherwise."""

from datetime import date, timedelta

import pytest

from smartcart.kit.holidays import greek_holidays

YEARS = range(2026, 2031)
EASTERS = {
    2026: date(2026, 4, 12),
    2027: date(2027, 5, 2),
    2028: date(2028, 4, 16),
    2029: date(2029, 4, 8),
    2030: date(2030, 4, 28),
}
FIXED = ((1, 1), (1, 6), (3, 25), (5, 1), (8, 15), (10, 28), (12, 25), (12, 26))
FROM_EASTER = (-48, -2, 1, 50)  # Clean Monday, Good Friday, Easter Monday, Whit Monday


def easter(year: int) -> date:
    """By Meeus's rule for the Julian calendar, whose dates are 13 days behind in these years."""
    moon = (19 * (year % 19) + 15) % 30
    weekday = (2 * (year % 4) + 4 * (year % 7) - moon + 34) % 7
    month, day = divmod(moon + weekday + 114, 31)
    return date(year, month, day + 1) + timedelta(days=13)


@pytest.mark.parametrize("year", YEARS)
def test_the_holidays_are_the_fixed_ones_and_those_that_move_with_easter(year: int) -> None:
    assert easter(year) == EASTERS[year]
    expected = {date(year, *day) for day in FIXED}
    expected |= {easter(year) + timedelta(days=days) for days in FROM_EASTER}
    if year == 2027:
        expected.add(date(2027, 5, 4))  # May Day falls on Holy Saturday and is moved
    found = {day for day in greek_holidays() if day.year == year}
    assert found - {easter(year)} == expected
