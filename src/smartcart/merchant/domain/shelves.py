"""What there is of a product, place by place, and how far that may be relied on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from smartcart.merchant.domain.skus import UNCOUNTED, Held, Pieces, Sku


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


class Taken(NamedTuple):
    place: str
    pieces: int


Stock = Mapping[Sku, Shelf]


def pieces(stock: Stock) -> Pieces:
    """All that is told of each product, in doubt or not."""
    return {sku: shelf.pieces for sku, shelf in stock.items()}


def beside(stock: Stock, held: Held) -> Stock:
    """What there is for an order that itself has pieces reserved."""
    there = dict(stock)
    for (sku, place), more in held.items():
        if sku in there:
            there[sku] = _with(there[sku], place, more)
    return there


def _with(shelf: Shelf, place: str, more: int) -> Shelf:
    return replace(shelf, places={**shelf.places, place: shelf.places.get(place, 0) + more})


def taken(there: Mapping[str, int], wanted: int, first: Sequence[str] = ()) -> Iterator[Taken]:
    """From which places to take so many pieces, or as many as there are; those `first` before all.

    Then what is at no place in particular, and the others as they come.
    """
    left = wanted
    for place in dict.fromkeys((*first, "", *there)):
        pieces = min(left, max(0, there.get(place, 0)))
        if pieces:
            yield Taken(place, pieces)
            left -= pieces
