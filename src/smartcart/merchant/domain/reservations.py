"""Stock reserved for an order: what changes when it holds other pieces than before."""

from collections.abc import Iterator
from typing import NamedTuple

from smartcart.merchant.domain.skus import Held, Spot


class Change(NamedTuple):
    """An order holds `after` pieces of a product at a place instead of `before`; 0 is none."""

    spot: Spot
    before: int
    after: int


def changes(held: Held, holding: Held) -> Iterator[Change]:
    """What to reserve and what to give back, spot by spot; nothing where nothing changes."""
    for spot in sorted(held.keys() | holding.keys()):
        before, after = held.get(spot, 0), holding.get(spot, 0)
        if before != after:
            yield Change(spot, before, after)
