from decimal import Decimal

import pytest

from smartcart.contract import ContractError, to_cents, to_euros


@pytest.mark.parametrize(
    ("euros", "cents"),
    [
        ("25", 2500),
        ("25.5", 2550),
        ("10.40", 1040),
        ("10.400", 1040),
        ("0", 0),
        ("-3.10", -310),
        ("1E+2", 10000),
        ("999999999999.99", 99999999999999),
    ],
)
def test_cents_are_exact(euros: str, cents: int) -> None:
    assert to_cents(Decimal(euros)) == cents


@pytest.mark.parametrize("euros", ["10.405", "0.001", "1E-3"])
def test_more_than_two_places_are_refused_by_value(euros: str) -> None:
    with pytest.raises(ContractError) as caught:
        to_cents(Decimal(euros), "unit_price")
    assert caught.value.field == "unit_price"
    assert str(Decimal(euros)) in caught.value.message


@pytest.mark.parametrize("euros", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+12", "1E+999999"])
def test_what_is_no_amount_is_refused(euros: str) -> None:
    with pytest.raises(ContractError, match="is not an amount of money"):
        to_cents(Decimal(euros))


@pytest.mark.parametrize(
    ("cents", "written"),
    [(1040, "10.40"), (2500, "25.00"), (5, "0.05"), (0, "0.00"), (-7, "-0.07")],
)
def test_euros_have_two_places(cents: int, written: str) -> None:
    assert str(to_euros(cents)) == written
