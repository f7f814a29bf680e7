"""Where the shop's stock is told: one source a file, behind one protocol."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from msgspec import Struct

from smartcart.merchant.domain.skus import Sku


class SourceUnreadable(Exception):
    """The source cannot be read, or not whole, or says nothing: what was known stays as it is."""


class Counted(NamedTuple):
    """One product of a source. `pieces` None: the shop has it and does not say how many.

    `price` is in cents with VAT, `grams` the weight of a piece; None where the source does not say.
    """

    sku: Sku
    pieces: int | None
    price: int | None = None
    grams: int | None = None


class Remark(str):
    """What is wrong with a product that counts nevertheless."""

    __slots__ = ()


class Count(Struct, frozen=True):
    """What a source says, whole. `left_out` tells of the products it says nothing certain of.

    `rows` are those it was read from, the ones left out among them.
    `prices` are in cents with VAT and `grams` the weight of a piece, of those that it says it of.
    """

    pieces: dict[Sku, int | None]
    left_out: tuple[str, ...] = ()
    prices: Mapping[Sku, int] = {}
    grams: Mapping[Sku, int] = {}
    rows: int = 0


class Look(Struct, frozen=True):
    """What a glance at a source tells: `fingerprint` changes when what it says may have changed.

    `as_of` is when what it says was so, in microseconds, where it knows; else that is counted from
    when this fingerprint was first seen. `written` is when it was written by whatever clock, for
    people.
    """

    fingerprint: str
    as_of: int | None = None
    written: int | None = None


class StockSource(Protocol):
    """A source may block: both calls are made in a thread, and raise `SourceUnreadable`."""

    @property
    def name(self) -> str:
        """What it is, for people; names its place among what was read before."""
        ...

    @property
    def comes_whole(self) -> bool:
        """Whether a look finds an answer that is kept, and not a file that may be half written."""
        ...

    def look(self) -> Look:
        """Quick for what may be half written; else it takes as long as an answer does."""
        ...

    def read(self) -> Count:
        """Everything the source says now, or said at the last look where it comes whole."""
        ...


def count(products: Iterable[Counted | str]) -> Count:
    """Gather what a source says; texts are its own reasons for leaving a product out.

    A product that is told twice, differently, is left out: neither can be believed. Of two prices
    or weights neither counts.
    """
    pieces: dict[Sku, int | None] = {}
    prices: dict[Sku, int | None] = {}
    grams: dict[Sku, int | None] = {}
    disputed: set[Sku] = set()
    left_out: list[str] = []
    rows = 0
    for product in products:
        rows += not isinstance(product, Remark)
        if isinstance(product, str):
            left_out.append(str(product))
            continue
        if pieces.setdefault(product.sku, product.pieces) != product.pieces:
            disputed.add(product.sku)
        for said, told in ((prices, product.price), (grams, product.grams)):
            if said.setdefault(product.sku, told) != told:
                said[product.sku] = None
    for sku in sorted(disputed):
        del pieces[sku]
        left_out.append(f"{sku}: is told twice, with different quantities")
    if not pieces:
        raise SourceUnreadable("it names no product")
    return Count(pieces, tuple(left_out), _said(prices, pieces), _said(grams, pieces), rows)


def _said(values: Mapping[Sku, int | None], pieces: Mapping[Sku, int | None]) -> dict[Sku, int]:
    return {sku: n for sku, n in values.items() if n is not None and sku in pieces}
