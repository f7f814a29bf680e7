"""What there is of a product, place by place, and how far that may be relied on."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from smartcart.merchant.domain.skus import UNCOUNTED, Pieces, Sku


class Shelf(Struct, frozen=True, omit_defaults=True):
    """One product that a source of the shop names.

    `places` are the pieces that may yet be promised at each place of the shop, `UNCOUNTED` where it
    has the product and does not say how many; the place is empty for a source that is of none.
    `doubts` says for some of these places why the pieces told there must not be relied on: they may
    be more or fewer. `as_of` is when the oldest of the counts was made, in microseconds. `price` is
    in cents with VAT and `grams` the weight of a piece, None where no source says.
    """

    places: Mapping[str, int]
    as_of: int = 0
    doubts: Mapping[str, str] = {}
    price: int | None = None
    grams: int | None = None

    @property
    def pieces(self) -> int:
        """All that is told, in doubt or not."""
        return min(UNCOUNTED, sum(self.places.values()))

    @property
    def certain(self) -> dict[str, int]:
        """The places whose pieces may be relied on. What they cover may be accepted."""
        return {place: n for place, n in self.places.items() if place not in self.doubts}

    @property
    def doubt(self) -> str:
        """Why nothing may be rejected for want of this product; empty when it may be."""
        return next(iter(self.doubts.values()), "")


Stock = Mapping[Sku, Shelf]


def pieces(stock: Stock) -> Pieces:
    """All that is told of each product, in doubt or not."""
    return {sku: shelf.pieces for sku, shelf in stock.items()}


def beside(stock: Stock, held: Pieces) -> Stock:
    """What there is for an order that itself has pieces reserved, at whatever place."""
    return {sku: _with(shelf, held.get(sku, 0)) for sku, shelf in stock.items()}


def _with(shelf: Shelf, more: int) -> Shelf:
    if not more:
        return shelf
    return replace(shelf, places={**shelf.places, "": shelf.places.get("", 0) + more})
