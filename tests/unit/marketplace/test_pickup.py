"""When couriers call: Greek working days, lead time, clock changes."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest

from smartcart.contract import ATHENS
from smartcart.marketplace.domain import pickup
from smartcart.marketplace.domain.order import PickupWindow
from tests.support.marketplace import NOW


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ATHENS)


def first(now: datetime, how_many: int = 5) -> list[str]:
    """The first windows as `12/03 15-18`."""
    found = pickup.windows(now, now)[:how_many]
    return [f"{window.start:%d/%m %H}-{window.end:%H}" for window in found]


def test_three_windows_on_every_working_day_and_none_at_the_weekend() -> None:
    assert first(NOW) == [
        "12/03 12-15", "12/03 15-18",
        "13/03 10-12", "13/03 12-15", "13/03 15-18",
    ]  # fmt: skip
    friday_evening = at("2026-03-13T17:00")
    assert first(friday_evening, 3) == ["16/03 10-12", "16/03 12-15", "16/03 15-18"]


def test_two_hours_of_lead_are_just_enough() -> None:
    assert first(at("2026-03-12T10:00"), 1) == ["12/03 12-15"]
    assert first(at("2026-03-12T10:00") + timedelta(microseconds=1), 1) == ["12/03 15-18"]


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-03-25", "Independence"),
        ("2026-04-10", "Orthodox Good Friday"),
        ("2026-04-13", "Orthodox Easter Monday"),
        ("2026-05-01", "Labour"),
        ("2026-06-01", "Whit Monday"),
        ("2026-08-15", "Assumption, a Saturday"),
        ("2026-10-28", "Ochi"),
        ("2026-12-25", "Christmas"),
        ("2027-01-01", "New Year"),
        ("2027-01-06", "Epiphany"),
        ("2027-03-15", "Clean Monday"),
    ],
)
def test_nobody_calls_on_a_greek_holiday(day: str, name: str) -> None:
    holiday = date.fromisoformat(day)
    assert not pickup.is_working_day(holiday), name
    night_before = at(f"{day}T00:00") - timedelta(hours=1)
    assert holiday not in {window.start.date() for window in pickup.windows(night_before, NOW)}


def test_over_easter_the_next_window_is_on_tuesday() -> None:
    assert first(at("2026-04-09T18:00"), 1) == ["14/04 10-12"]


def test_over_new_year_the_holidays_of_both_years_count() -> None:
    assert first(at("2026-12-31T17:00"), 1) == ["04/01 10-12"]


@pytest.mark.parametrize(
    ("friday", "monday", "offset"),
    [("2026-03-27", "2026-03-30", 3), ("2026-10-23", "2026-10-26", 2)],
)
def test_over_a_clock_change_windows_keep_to_the_clock_on_the_wall(
    friday: str, monday: str, offset: int
) -> None:
    window = pickup.windows(at(f"{friday}T17:00"), NOW)[0]
    assert window.start.isoformat() == f"{monday}T10:00:00+0{offset}:00"
    assert window.end.isoformat() == f"{monday}T12:00:00+0{offset}:00"


def test_the_time_zone_of_now_makes_no_difference() -> None:
    assert pickup.windows(NOW.astimezone(UTC), NOW) == pickup.windows(NOW, NOW)
    late = at("2026-03-13T01:00")  # still the 12th in UTC
    assert first(late.astimezone(UTC)) == first(late)


def test_windows_go_on_past_the_deadline_so_that_there_is_always_a_choice() -> None:
    until = NOW + timedelta(days=10)
    found = pickup.windows(NOW, until)
    assert [window.start >= until for window in found] == [False] * (len(found) - 5) + [True] * 5
    assert [window.id for window in found] == list(range(1, len(found) + 1))


def test_ids_begin_where_they_are_told() -> None:
    assert [window.id for window in pickup.windows(NOW, NOW, 41)] == [41, 42, 43, 44, 45]


def test_a_window_is_a_span_of_one_day_in_order() -> None:
    found = pickup.windows(NOW, NOW + timedelta(days=30))
    for window in found:
        assert window.start < window.end
        assert window.start.date() == window.end.date()
    for one, following in itertools.pairwise(found):
        assert one.end <= following.start


@pytest.mark.parametrize(
    ("now", "days", "expected"),
    [
        ("2026-03-12T09:00", 1, "2026-03-13"),
        ("2026-03-12T23:59", 2, "2026-03-16"),
        ("2026-03-14T12:00", 1, "2026-03-16"),
        ("2026-03-24T12:00", 1, "2026-03-26"),
        ("2026-12-23T12:00", 2, "2026-12-28"),
    ],
)
def test_working_days_are_counted_from_tomorrow(now: str, days: int, expected: str) -> None:
    assert pickup.working_days_after(at(now), days) == date.fromisoformat(expected)


def test_the_day_that_counts_is_the_one_in_athens() -> None:
    late_in_utc = datetime(2026, 3, 12, 22, 30, tzinfo=UTC)  # the 13th in Athens, a Friday
    assert pickup.working_days_after(late_in_utc, 1) == date(2026, 3, 16)


def test_a_window_is_a_plain_value() -> None:
    one = pickup.windows(NOW, NOW)[0]
    assert one == PickupWindow(1, at("2026-03-12T12:00"), at("2026-03-12T15:00"))
