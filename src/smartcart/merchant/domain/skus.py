"""Stock-keeping units: what a line of an order asks for, in the words of the shop's own feed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from smartcart.contract import LineItem


class Sku(NamedTuple):
    """A product of the shop's feed, or one variation of it (`shop_variation_uid` is then given)."""

    shop_uid: str
    shop_variation_uid: str = ""

    def __str__(self) -> str:
        return "/".join(filter(None, self))


class Spot(NamedTuple):
    """A product at a place of the shop; the place is empty for what is at none in particular."""

    sku: Sku
    place: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        return (*self.sku, self.place)

    def __str__(self) -> str:
        return f"{self.sku} at {self.place}" if self.place else str(self.sku)


Held = Mapping[Spot, int]
"""Pieces that are reserved, and where."""

Pieces = Mapping[Sku, int]

UNCOUNTED: Final = 2**53
"""Pieces of a product that the shop says it has without saying how many: more than any order."""


def sku_of(line: LineItem) -> Sku:
    """What the line asks for; documents give the variation beside the size, inside it, or both."""
    within_size = line.size.shop_variation_uid if line.size else None
    return Sku(line.shop_uid, line.shop_variation_uid or within_size or "")


def wanted(lines: Iterable[LineItem]) -> dict[Sku, int]:
    """Pieces asked for by all lines together; several lines may ask for the same product."""
    pieces: Counter[Sku] = Counter()
    for line in lines:
        pieces[sku_of(line)] += line.quantity
    return dict(pieces)
