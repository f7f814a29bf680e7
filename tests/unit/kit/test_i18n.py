"""Texts, dates and money as a reader writes them."""

from datetime import UTC, datetime

import pytest

from smartcart.kit.i18n import load_languages, preferred

LANGUAGES = load_languages("smartcart.demo")
SUMMER = datetime(2026, 7, 1, 21, 30, 5, tzinfo=UTC)


def test_english_is_the_source_and_greek_comes_from_its_catalogue() -> None:
    assert LANGUAGES["en"].text("Orders") == "Orders"
    assert LANGUAGES["el"].text("Orders") == "Παραγγελίες"


def test_a_text_without_translation_stays_as_it_is() -> None:
    assert LANGUAGES["el"].text("No such text") == "No such text"


@pytest.mark.parametrize(
    ("language", "n", "expected"),
    [("en", 1, "1 parcel"), ("en", 2, "2 parcels"), ("el", 1, "1 δέμα"), ("el", 3, "3 δέματα")],
)
def test_counted_things_take_the_form_of_their_number(language: str, n: int, expected: str) -> None:
    told = LANGUAGES[language].count("{n} parcel", "{n} parcels", n)
    assert told.format(n=n) == expected


def test_euros_are_written_as_the_reader_writes_them() -> None:
    assert LANGUAGES["en"].euros(123_456) == "€1,234.56"
    assert LANGUAGES["el"].euros(123_456) == "1.234,56\xa0€"


def test_moments_are_shown_in_the_time_of_athens() -> None:
    assert LANGUAGES["el"].time(SUMMER) == "00:30:05"
    assert LANGUAGES["en"].date(SUMMER) == "2 Jul 2026"


def test_languages_are_named_by_their_speakers() -> None:
    assert [each.own_name for each in LANGUAGES.values()] == ["English", "Ελληνικά"]


def test_a_language_without_a_catalogue_is_an_error() -> None:
    with pytest.raises(KeyError):
        load_languages("smartcart.demo", ("en", "xx"))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("el-GR,el;q=0.9,en;q=0.8", "el"),
        ("en-US,en;q=0.9,el;q=0.8", "en"),
        ("de,el;q=0.3,en;q=0.2", "el"),
        ("en;q=0.1, el;q=0.7", "el"),
        ("el;q=0, en", "en"),
        ("fr, de", "en"),
        ("", "en"),
        (";;;q=,=q", "en"),
        ("el;q=x", "en"),
    ],
)
def test_the_browser_says_which_language_it_likes_best(header: str, expected: str) -> None:
    assert preferred(header, LANGUAGES, "en") == expected
