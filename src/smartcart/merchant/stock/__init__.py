"""Where the shop's stock is told: one source a file, behind one protocol."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from msgspec import Struct

from smartcart.merchant.domain.skus import Sku


class SourceUnreadable(Exception):
    """The source cannot be read, or not whole, or says nothing: what was known stays as it is."""


class Counted(NamedTuple):
    """One product of a source. `pieces` None: the shop has it and does not say how many."""

    sku: Sku
    pieces: int | None


class Count(Struct, frozen=True):
    """What a source says, whole. `left_out` tells of the products it says nothing certain of."""

    pieces: dict[Sku, int | None]
    left_out: tuple[str, ...] = ()


class StockSource(Protocol):
    """A source may block: both calls are made in a thread, and raise `SourceUnreadable`."""

    @property
    def name(self) -> str:
        """What it is, for people; names its place among what was read before."""
        ...

    def fingerprint(self) -> str:
        """Changes when what the source says may have changed; quick to find out."""
        ...

    def read(self) -> Count:
        """Everything the source says now."""
        ...


def count(products: Iterable[Counted | str]) -> Count:
    """Gather what a source says; texts are its own reasons for leaving a product out.

    A product that is told twice, differently, is left out: neither can be believed.
    """
    pieces: dict[Sku, int | None] = {}
    disputed: set[Sku] = set()
    left_out: list[str] = []
    for product in products:
        if isinstance(product, str):
            left_out.append(product)
        elif pieces.setdefault(product.sku, product.pieces) != product.pieces:
            disputed.add(product.sku)
    for sku in sorted(disputed):
        del pieces[sku]
        left_out.append(f"{sku}: is told twice, with different quantities")
    if not pieces:
        raise SourceUnreadable("it names no product")
    return Count(pieces, tuple(left_out))
