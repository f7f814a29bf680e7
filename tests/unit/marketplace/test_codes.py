"""Order codes (contract §4)."""

from datetime import date

import pytest

from smartcart.marketplace.domain.codes import NUMBERS, order_code, reissued
from tests.support.proving import proves


@proves("order.code-form")
def test_a_code_is_the_day_and_a_number_of_seven_digits() -> None:
    assert order_code(date(2019, 12, 3), 1234567) == "191203-1234567"
    assert order_code(date(2026, 1, 9), 7) == "260109-0000007"
    assert order_code(date(2026, 1, 9), NUMBERS - 1) == "260109-9999999"


@proves("order.code-reissued")
@pytest.mark.parametrize(
    ("code", "following"),
    [
        ("191203-1234567", "191203-1234567-1"),
        ("191203-1234567-1", "191203-1234567-2"),
        ("191203-1234567-9", "191203-1234567-10"),
        ("191203-0000007-10", "191203-0000007-11"),
    ],
)
def test_a_reissued_order_counts_in_a_third_segment(code: str, following: str) -> None:
    assert reissued(code) == following
