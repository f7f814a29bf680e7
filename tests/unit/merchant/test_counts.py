"""What a count comes to, when orders were taken and handed over before and after it."""

import pytest

from smartcart.merchant.domain.counts import Sold, Terms, restated

AT = 1_000
ON_SHELVES = Terms()
OFF_AFTER = Terms(sold_off_after=100)


@pytest.mark.parametrize(
    ("sold", "on_shelves", "off_after"),
    [
        (Sold(2, opened_at=800), 5, 7),  # taken off by the shop's system, and reserved here
        (Sold(2, opened_at=900), 5, 7),
        (Sold(2, opened_at=901), 5, 5),  # it may not know of it yet
        (Sold(2, opened_at=1_100), 5, 5),
        (Sold(2, opened_at=800, left_at=900), 5, 5),  # gone from the shelf and from the count
        (Sold(2, opened_at=800, left_at=1_000), 5, 5),
        (Sold(2, opened_at=800, left_at=1_001), 3, 5),  # the shelf still had it, the count not
        (Sold(2, opened_at=950, left_at=1_001), 3, 3),
        (Sold(9, opened_at=950, left_at=1_001), 0, 0),
    ],
)
def test_a_count_of_five(sold: Sold, on_shelves: int, off_after: int) -> None:
    assert restated(5, [sold], AT, ON_SHELVES) == on_shelves
    assert restated(5, [sold], AT, OFF_AFTER) == off_after


def test_orders_add_up() -> None:
    sold = [Sold(1, 0), Sold(2, 10), Sold(1, 950), Sold(1, 0, 1_200), Sold(2, 980, 1_200)]
    assert restated(5, sold, AT, OFF_AFTER) == 5 + 1 + 2 - 2
    assert restated(5, sold, AT, ON_SHELVES) == 5 - 1 - 2
    assert restated(5, [], AT, OFF_AFTER) == 5
