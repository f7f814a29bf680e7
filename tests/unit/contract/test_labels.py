from datetime import UTC, datetime, timedelta

import pytest

from smartcart.contract import ATHENS, PickupInterval, format_pickup_label, parse_pickup_label
from tests.support.proving import proves


def at(day: int, month: int, year: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ATHENS)


AFTERNOON = PickupInterval(at(3, 12, 2019, 15), at(3, 12, 2019, 18))


@proves("accept_options.window-label-read")
@pytest.mark.parametrize(
    "label",
    [
        "15:00 - 18:00, Τρί 03/12/19",
        "15:00 - 18:00, Τρι 03/12/19",
        "15:00 - 18:00, ΤΡΙ 03/12/19",
        "15:00 - 18:00, Τρίτη 03/12/19",
        "15:00 - 18:00, Τριτη 03/12/2019",
        "15:00 - 18:00, Τρί. 3/12/2019",
        "15:00 - 18:00, 03/12/19",
        "15:00-18:00 Τρί 03/12/19",
        "15:00 – 18:00, Τρί 03/12/19",
        "15.00 - 18.00, Τρίτη, 03/12/2019",
        "  15:00\u00a0-\u00a018:00,  Τρί  03/12/19 ",
        "15:00 - 18:00, Τρι\u0301 03/12/19",
        "15:00 - 18:00, Παρ 03/12/19",
    ],
)
def test_a_label_is_read_however_it_is_spelt(label: str) -> None:
    assert parse_pickup_label(label) == AFTERNOON


def test_what_was_read_is_aware_and_in_athens() -> None:
    window = parse_pickup_label("15:00 - 18:00, Πέμ 24/06/21")
    assert window is not None
    assert window.start.isoformat() == "2021-06-24T15:00:00+03:00"
    assert window.end.isoformat() == "2021-06-24T18:00:00+03:00"


@proves("accept_options.window-label-read")
@pytest.mark.parametrize(
    "label",
    [
        "",
        "αύριο το πρωί",
        "15:00 - 18:00",
        "15:00 - 18:00, Τρί 31/02/19",
        "15:00 - 18:00, Τρί 03/13/19",
        "15:00 - 25:00, Τρί 03/12/19",
        "15:60 - 18:00, Τρί 03/12/19",
        "18:00 - 15:00, Τρί 03/12/19",
        "15:00 - 15:00, Τρί 03/12/19",
        "15:00 - 18:00, Τρί 03/12/219",
        "15:00 - 18:00, Τρί 03/12/0000",
        "12:00 - 24:00, Παρ 31/12/9999",
        "15:00 - 18:00, Τρί 03/12/19 ή 04/12/19",
        "١٥:00 - 18:00, Τρί 03/12/19",
    ],
)
def test_a_label_that_cannot_be_told_is_none(label: str) -> None:
    assert parse_pickup_label(label) is None


@proves("accept_options.window-label")
@pytest.mark.parametrize(
    ("day", "weekday"),
    list(enumerate(["Δευ", "Τρί", "Τετ", "Πέμ", "Παρ", "Σάβ", "Κυρ"], start=2)),
)
def test_the_weekday_is_greek(day: int, weekday: str) -> None:
    window = PickupInterval(at(day, 3, 2026, 10), at(day, 3, 2026, 12))
    assert format_pickup_label(window) == f"10:00 - 12:00, {weekday} {day:02}/03/26"


def test_midnight_ends_the_day() -> None:
    window = PickupInterval(at(31, 12, 2026, 21), at(1, 1, 2027, 0))
    assert format_pickup_label(window) == "21:00 - 24:00, Πέμ 31/12/26"
    assert parse_pickup_label("21:00 - 24:00, Πέμ 31/12/26") == window
    assert parse_pickup_label("21:00 - 00:00, Πέμ 31/12/26") == window


def test_a_window_in_any_zone_is_labelled_in_athens() -> None:
    start = datetime(2026, 3, 13, 8, tzinfo=UTC)
    label = format_pickup_label(PickupInterval(start, start + timedelta(hours=2)))
    assert label == "10:00 - 12:00, Παρ 13/03/26"


def test_a_window_over_a_clock_change_has_its_true_length() -> None:
    spring = parse_pickup_label("02:30 - 04:30, Κυρ 29/03/26")
    autumn = parse_pickup_label("02:30 - 04:30, Κυρ 25/10/26")
    assert spring is not None
    assert autumn is not None
    assert spring.end.astimezone(UTC) - spring.start.astimezone(UTC) == timedelta(hours=1)
    assert autumn.end.astimezone(UTC) - autumn.start.astimezone(UTC) == timedelta(hours=3)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (at(13, 3, 2026, 12), at(13, 3, 2026, 10)),
        (at(13, 3, 2026, 10), at(13, 3, 2026, 10)),
        (at(13, 3, 2026, 22), at(14, 3, 2026, 2)),
    ],
)
def test_what_is_no_window_of_a_day_has_no_label(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match="not a window within one day"):
        format_pickup_label(PickupInterval(start, end))
