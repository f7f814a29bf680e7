"""Numbers that anybody may write into a URL."""

import pytest

from smartcart.kit.queries import as_number


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("7", 7), ("007", 7), ("9" * 18, 10**18 - 1)],
)
def test_a_number(text: str, number: int) -> None:
    assert as_number(text, 50) == number


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1.5", " 1", "x", "²", "٣", "1e3", "9" * 19, "9" * 5_000]
)
def test_anything_else_is_the_default(text: str) -> None:
    assert as_number(text, 50) == 50
