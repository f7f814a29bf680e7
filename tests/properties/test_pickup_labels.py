"""A year of pickup windows, in every spelling that a label may take."""

from datetime import date, datetime, time, timedelta
from itertools import cycle, product
from unicodedata import combining, normalize

import pytest

from smartcart.contract import ATHENS, PickupInterval, athens, parse_pickup_label

SHORT = ("Δευ", "Τρί", "Τετ", "Πέμ", "Παρ", "Σάβ", "Κυρ")
FULL = ("Δευτέρα", "Τρίτη", "Τετάρτη", "Πέμπτη", "Παρασκευή", "Σάββατο", "Κυριακή")
LOOK_ALIKES = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo")
DASHES = ("-", "–", "—", "‐", "‑", "−")
SPACES = ("", " ", "\u00a0", "\u202f", "  ")
HOURS = ((9, 12), (10, 12), (12, 15), (15, 18))


def bare(text: str) -> str:
    """Without accents."""
    return "".join(each for each in normalize("NFD", text) if not combining(each))


SPELLINGS = (
    lambda word: word,
    bare,
    lambda word: word.upper(),
    lambda word: bare(word).upper(),
    lambda word: bare(word).upper().translate(LOOK_ALIKES),
    lambda word: normalize("NFD", word),
    lambda word: f"{word}.",
)
DATES = ("%d/%m/%y", "%d/%m/%Y")
FORMS = tuple(product(SPELLINGS, (SHORT, FULL), DATES, DASHES, SPACES))


def at(day: date, hour: int) -> datetime:
    return athens(datetime.combine(day, time(hour), ATHENS))


@pytest.mark.parametrize("year", [2026, 2028])
def test_a_year_of_windows_is_read_in_every_spelling(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    forms = cycle(FORMS)
    read = 0
    for day, (start, end) in product(days, HOURS):
        spelling, names, dated, dash, space = next(forms)
        word = spelling(names[day.weekday()])
        label = f"{start:02}:00{space}{dash}{space}{end:02}:00,{space}{word} {day.strftime(dated)}"
        expected = PickupInterval(at(day, start), at(day, end))
        assert parse_pickup_label(label) == expected, label
        read += 1
    assert read == 1460 > len(FORMS)


@pytest.mark.parametrize(
    ("label", "start", "end"),
    [
        ("01:00 - 05:00, Κυρ 29/03/26", "2026-03-29T01:00+02:00", "2026-03-29T05:00+03:00"),
        ("02:00 - 06:00, Κυρ 25/10/26", "2026-10-25T02:00+03:00", "2026-10-25T06:00+02:00"),
    ],
)
def test_on_the_days_the_clocks_change_the_hours_are_those_of_the_clock(
    label: str, start: str, end: str
) -> None:
    expected = PickupInterval(datetime.fromisoformat(start), datetime.fromisoformat(end))
    assert parse_pickup_label(label) == expected
