"""Pieces that are at several places: from where an order may go, and what is said if from none."""

import json

import pytest

from smartcart.contract import Order, PickupLocation, parse_order
from smartcart.merchant.domain.decisions import Cause, Hold, HoldReason
from smartcart.merchant.domain.places import spread
from smartcart.merchant.domain.policy import Pickup
from smartcart.merchant.domain.shelves import Shelf, Stock
from smartcart.merchant.domain.skus import Sku
from smartcart.merchant.wording import LANGUAGES
from smartcart.merchant.wording.explaining import cause
from tests.support.order_documents import line, order

OFFERED = (PickupLocation(id="1", label="Ερμού 1"), PickupLocation(id="2", label="Σταδίου 2"))


def ordered(**pieces: int) -> Order:
    lines = [line(uid.removeprefix("p"), quantity) for uid, quantity in pieces.items()]
    return parse_order(json.dumps(order("C", *lines)).encode())


def stock(**places: dict[str, int]) -> Stock:
    return {Sku(uid.removeprefix("p")): Shelf(there) for uid, there in places.items()}


@pytest.mark.parametrize(
    ("shelves", "said"),
    [
        ({"1": 2, "2": 1}, "7 × 3: Ερμού 1 = 2, Σταδίου 2 = 1"),
        ({"1": 2, "": 0, "2": 1}, "7 × 3: Ερμού 1 = 2, Σταδίου 2 = 1"),
        ({"1": 1, "": 1}, "7 × 3: Ερμού 1 = 2, Σταδίου 2 = 1"),
        ({"Ερμού 1": 2, "back": 9}, "7 × 3: Ερμού 1 = 2, Σταδίου 2 = 0, back = 9"),
        ({"1": -1, "back": 0, "2": 2}, "7 × 3: Ερμού 1 = 0, Σταδίου 2 = 2"),
    ],
)
def test_it_is_said_how_many_are_where(shelves: dict[str, int], said: str) -> None:
    assert spread(ordered(p7=3), OFFERED, Pickup(), stock(p7=shelves)) == said


def test_only_products_that_some_location_has_too_few_of_are_named() -> None:
    there = stock(p7={"1": 1}, p8={"2": 1}, p9={"": 5})
    assert spread(ordered(p7=1, p8=1, p9=2), OFFERED, Pickup(), there) == (
        "7 × 1: Ερμού 1 = 1, Σταδίου 2 = 0; 8 × 1: Ερμού 1 = 0, Σταδίου 2 = 1"
    )


def test_a_place_that_the_policy_names_is_its_location() -> None:
    there = stock(p7={"shop": 2, "2": 1})
    assert spread(ordered(p7=3), OFFERED, Pickup(places=("1=shop",)), there) == (
        "7 × 3: Ερμού 1 = 2, Σταδίου 2 = 1"
    )


@pytest.mark.parametrize(
    ("language", "about", "told"),
    [
        (
            "en",
            "7 × 3: Ερμού 1 = 2",
            "its pieces are at several places and no pickup location has all of them "
            "(7 × 3: Ερμού 1 = 2)",
        ),
        (
            "el",
            "7 × 3: Ερμού 1 = 2",
            "τα τεμάχιά της είναι μοιρασμένα και κανένα σημείο παραλαβής δεν τα έχει όλα "
            "(7 × 3: Ερμού 1 = 2)",
        ),
        ("en", "", "no pickup location has all of it"),
    ],
)
def test_the_reason_says_so_and_one_of_an_earlier_release_is_borne(
    language: str, about: str, told: str
) -> None:
    held = Hold(HoldReason.NO_PLACE_HAS_ALL, about)
    assert [cause(one, LANGUAGES[language]) for one in held.causes] == [told]
    assert held.causes == (Cause(HoldReason.NO_PLACE_HAS_ALL, about),)
