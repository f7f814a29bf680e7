"""Which carts show what."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcart.demo import carts
from smartcart.demo.carts import Wish
from smartcart.demo.catalogue import Sku, names, shelf
from smartcart.demo.halves import Offer, Stock

FREE = shelf()
OFFERS = [
    Offer(sku.shop_uid, name, 1_000, {"MEL-950": 12, "BRI-4": 8}.get(sku.shop_uid, 40), sku[1])
    for sku, name in names().items()
]
CHANCES = st.integers(0, 10_000).map(Random)


@given(CHANCES)
def test_a_cart_to_be_served_asks_for_no_more_than_is_free(random: Random) -> None:
    lines = carts.lines_for(Wish.SERVED, OFFERS, FREE, random)
    assert lines
    assert all(0 < n <= FREE[sku] for sku, n in lines.items())


@given(CHANCES)
def test_a_short_cart_has_one_line_of_more_than_is_free_but_not_of_more_than_is_offered(
    random: Random,
) -> None:
    lines = carts.lines_for(Wish.SHORT, OFFERS, FREE, random)
    assert lines
    offered = {offer.sku: offer.quantity or 0 for offer in OFFERS}
    short = [sku for sku, n in lines.items() if n > FREE[sku]]
    assert len(short) == 1
    assert all(n <= offered[sku] for sku, n in lines.items())


def test_what_is_sold_out_and_what_is_unknown() -> None:
    assert carts.lines_for(Wish.GONE, OFFERS, FREE, Random(1)) == {Sku("BRI-4"): 1}
    assert carts.lines_for(Wish.UNKNOWN, OFFERS, FREE, Random(1)) == {Sku("KAN-1L"): 1}


@pytest.mark.parametrize("wish", [Wish.SERVED, Wish.GONE])
def test_a_wish_that_the_shelf_cannot_fulfil_is_no_cart(wish: Wish) -> None:
    shelves = {Wish.SERVED: dict.fromkeys(FREE, 0), Wish.GONE: dict.fromkeys(FREE, 9)}
    assert carts.lines_for(wish, OFFERS, shelves[wish], Random(1)) is None


def test_a_known_shelf_has_nothing_unknown() -> None:
    known = dict.fromkeys(names(), 1)
    assert carts.lines_for(Wish.UNKNOWN, OFFERS, known, Random(1)) is None


def test_a_stream_is_mostly_served_and_sometimes_short() -> None:
    random = Random(5)
    streamed = [carts.mixed(OFFERS, FREE, random) for _ in range(300)]
    short = sum(any(n > FREE[sku] for sku, n in (lines or {}).items()) for lines in streamed)
    assert 30 < short < 100


def test_a_cart_names_its_merchant_on_every_line() -> None:
    cart = carts.cart("shop", carts.FIRST_SERVED, Random(1))
    assert cart["lines"] == [
        {"merchant_id": "shop", "shop_uid": "ELA-3L", "shop_variation_uid": "", "quantity": 2},
        {
            "merchant_id": "shop",
            "shop_uid": "KAL-MAL",
            "shop_variation_uid": "KAL-MAL-39-41",
            "quantity": 1,
        },
    ]


def _stock(uid: str, quantity: int, reserved: int) -> Stock:
    return Stock(uid, quantity, reserved)


def test_nothing_is_delivered_while_nothing_runs_low() -> None:
    assert carts.restocked([_stock("MAS-50", 18, 5)], FREE) is None


def test_a_delivery_fills_the_shelf_beside_what_is_reserved() -> None:
    stock = [_stock("MAS-50", 18, 14), _stock("MEL-950", 3, 1), _stock("BRI-4", 0, 0)]
    assert carts.restocked(stock, FREE) == {
        Sku("MAS-50"): 32,
        Sku("MEL-950"): 4,
        Sku("BRI-4"): 0,
    }


def test_a_delivery_takes_nothing_away() -> None:
    assert carts.delivered([_stock("MAS-50", 90, 0)], FREE) == {Sku("MAS-50"): 90}


def test_counting_in_leaves_the_rest_as_it_is() -> None:
    assert carts.counted_in([_stock("MAS-50", 7, 2)], Sku("KAN-1L")) == {
        Sku("MAS-50"): 7,
        Sku("KAN-1L"): 4,
    }
