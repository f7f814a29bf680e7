"""Steps in words."""

import pytest

from smartcart.demo.catalogue import names
from smartcart.demo.halves import Side
from smartcart.demo.words import Words
from smartcart.kit.i18n import load_languages
from tests.support.demo_steps import Told, accepted, rejected, step

WORDS = {name: Words(each, names()) for name, each in load_languages("smartcart.demo").items()}


def _told(language: str, steps: list[Told]) -> list[str]:
    phrases = [WORDS[language].tell(side, each) for side, each in steps]
    return [f"{phrase.text}: {phrase.detail}".removesuffix(": ") for phrase in phrases]


def test_the_short_order_in_english() -> None:
    assert _told("en", rejected()) == [
        "Order placed: €92.50",
        "Received: new_order",
        "Webhook sent: 200 in 6 ms",
        "Short: 3 of 5: Μέλι θυμαρίσιο, βάζο 950 g",
        "Order rejected: 3 of 5: Μέλι",
        "Reject sent: 200 in 7 ms",
        "Received: order_updated",
        "Closed: Rejected",
        "Re-issued: what is left: B-1",
        "Webhook sent: 200 in 5 ms",
    ]


def test_the_accepted_order_in_greek() -> None:
    told = _told("el", accepted())
    assert told[0] == "Καταχωρίστηκε η παραγγελία: 28,40\xa0€"
    assert told[-1] == "Τυπώθηκε το voucher: PDF, 13 KB"


@pytest.mark.parametrize("side", Side)
def test_a_step_that_nobody_foresaw_is_told_by_its_name(side: Side) -> None:
    assert WORDS["el"].tell(side, step(side, 0, "made_of_cheese")[1]).text == "made of cheese"


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("language", WORDS)
def test_every_step_can_be_told_without_any_fact(side: Side, language: str) -> None:
    words = WORDS[language]
    known = words._left if side is Side.MARKETPLACE else words._right
    for what in known:
        assert words.tell(side, step(side, 0, what)[1]).text


@pytest.mark.parametrize(
    ("span", "english", "greek"),
    [(4, "4 ms", "4 ms"), (999, "999 ms", "999 ms"), (1_540, "1.5 s", "1,5 s")],
)
def test_spans_take_the_unit_that_suits_them(span: int, english: str, greek: str) -> None:
    assert WORDS["en"].span(span) == english
    assert WORDS["el"].span(span) == greek
