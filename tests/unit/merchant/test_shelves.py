"""What there is of a product, place by place."""

from smartcart.merchant.domain.shelves import Shelf, beside, pieces
from smartcart.merchant.domain.skus import UNCOUNTED, Sku, Spot

A, B, C = Sku("A"), Sku("B"), Sku("C")
STOCK = {
    A: Shelf({"shop": 2, "store": 3}),
    B: Shelf({"shop": 2, "store": 3}, doubts={"store": "stale"}),
    C: Shelf({"shop": UNCOUNTED, "store": UNCOUNTED}),
}


def test_all_that_is_told_is_the_sum_of_the_places_and_no_end_is_none() -> None:
    assert pieces(STOCK) == {A: 5, B: 5, C: UNCOUNTED}


def test_a_product_in_doubt_at_any_place_is_certain_at_the_others_alone() -> None:
    assert STOCK[B].certain == {"shop": 2}
    assert (STOCK[A].doubt, STOCK[B].doubt) == ("", "stale")


def test_what_an_order_has_reserved_itself_is_there_for_it() -> None:
    there = beside(STOCK, {Spot(A): 2})
    assert there == STOCK | {A: Shelf({"shop": 2, "store": 3, "": 2})}
