"""Stock reserved for an order: what changes when it holds other pieces than before."""

from collections.abc import Iterator
from typing import NamedTuple

from smartcart.merchant.domain.skus import Pieces, Sku


class Change(NamedTuple):
    """An order holds `after` pieces of a product instead of `before`; 0 is none."""

    sku: Sku
    before: int
    after: int


def changes(held: Pieces, holding: Pieces) -> Iterator[Change]:
    """What to reserve and what to give back, product by product; nothing where nothing changes."""
    for sku in sorted(held.keys() | holding.keys()):
        before, after = held.get(sku, 0), holding.get(sku, 0)
        if before != after:
            yield Change(sku, before, after)
