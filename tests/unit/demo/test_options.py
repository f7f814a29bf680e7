"""What a visitor may choose, and what is said to the rest."""

import pytest

from smartcart.demo.options import DemoError, DemoOptions


def test_everything_has_a_default() -> None:
    options = DemoOptions()
    assert (str(options.folder), options.port) == (".demo", 8080)


def test_one_database_of_two_is_refused() -> None:
    with pytest.raises(DemoError, match="--merchant-database"):
        DemoOptions(marketplace_database="postgresql://x/y")


def test_one_database_for_both_is_refused() -> None:
    with pytest.raises(DemoError, match="each program its own"):
        DemoOptions(marketplace_database="a.db", merchant_database="a.db")


@pytest.mark.parametrize("rate", [0, -1, 5.5, float("nan"), float("inf")])
def test_a_stream_out_of_bounds_is_refused(rate: float) -> None:
    with pytest.raises(DemoError, match="--rate"):
        DemoOptions(rate=rate)
