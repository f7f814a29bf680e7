"""The published orders can be placed at our marketplace as they are, to try a shop with them."""

from pathlib import Path

import pytest

from smartcart import contract
from smartcart.marketplace.domain import entering, written
from smartcart.marketplace.domain.refusal import Refused
from tests.contract.published import each
from tests.support.marketplace import NOW, TERMS, a_merchant


@each("[aw]*_*.json")
def test_a_published_order_is_taken_or_says_why_not(path: Path) -> None:
    """In every form it is published in; one that is further on in its life cannot begin so."""
    given = written.read(path.read_bytes())
    assert isinstance(given, contract.Order)
    ids = tuple(f"line-{n}" for n, _ in enumerate(given.line_items))
    if given.state not in ("open", "accepted"):
        with pytest.raises(Refused, match=r"^state: an order begins open or accepted"):
            entering.entered(given, "260312-1", a_merchant(), ids, TERMS, NOW)
        return
    order = entering.entered(given, "260312-1", a_merchant(), ids, TERMS, NOW)
    assert (order.state, order.customer) == (given.state, given.customer)
    assert [(line.shop_uid, line.quantity, line.unit_price_cents) for line in order.lines] == [
        (line.shop_uid, line.quantity, int((line.unit_price or 0) * 100))
        for line in given.line_items
    ]
