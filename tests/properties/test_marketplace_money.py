"""Money of an order: whole cents, exact, rounded half up line by line (contract §4)."""

from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from smartcart.contract import to_cents
from smartcart.marketplace.domain.document import document
from smartcart.marketplace.domain.order import LineItem
from tests.support.marketplace import NOW, a_line, an_order
from tests.support.proving import proves

cents = st.integers(min_value=1, max_value=10_000_000)
quantities = st.integers(min_value=1, max_value=1_000)
basis_points = st.integers(min_value=0, max_value=10_000)
lines = st.builds(
    lambda price, quantity, rate: a_line(
        quantity=quantity, unit_price_cents=price, commission_basis_points=rate
    ),
    cents,
    quantities,
    basis_points,
)


def by_the_book(line: LineItem) -> int:
    """`total_price × commission_rate / 100`, rounded half up, as the contract words it."""
    total = Decimal(line.unit_price_cents) / 100 * line.quantity
    rate = Decimal(line.commission_basis_points) / 100
    euros = (total * rate / 100).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return int(euros * 100)


@settings(deadline=None)
@given(lines)
def test_the_commission_of_a_line(line: LineItem) -> None:
    assert line.commission_cents == by_the_book(line)


@proves("value.commission")
@settings(deadline=None)
@given(st.integers(min_value=0, max_value=10_000).map(lambda n: 2 * n + 1))
def test_half_a_cent_is_rounded_up(odd: int) -> None:
    line = a_line(quantity=1, unit_price_cents=odd, commission_basis_points=5_000)
    assert line.commission_cents == (odd + 1) // 2


@settings(deadline=None)
@given(st.lists(lines, min_size=1, max_size=20))
def test_what_is_written_adds_up(several: list[LineItem]) -> None:
    shown = document(an_order(*several), NOW)
    commissions = [to_cents(line.commission) for line in shown.line_items if line.commission]
    assert shown.commission is not None
    assert to_cents(shown.commission) == sum(commissions) == sum(map(by_the_book, several))
    for line in shown.line_items:
        assert line.unit_price is not None
        assert line.total_price == line.unit_price * line.quantity
        assert line.total_price.as_tuple().exponent == -2
