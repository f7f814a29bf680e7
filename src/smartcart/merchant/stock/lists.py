"""A list of products in one document: where it comes from, and how it is written."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from smartcart.merchant.stock import Count, Counted, Look, SourceUnreadable, count, documents

Products = Callable[[BinaryIO], Iterator[Counted | str]]
"""Reads a document; raises `SourceUnreadable` for one that is not whole."""


class Origin(Protocol):
    """Where a document comes from; see `StockSource`."""

    @property
    def name(self) -> str: ...

    @property
    def comes_whole(self) -> bool: ...

    def look(self) -> Look: ...

    def open(self) -> BinaryIO:
        """The document itself, to be closed; raises `SourceUnreadable`."""
        ...


@dataclass(frozen=True, slots=True)
class ListSource:
    """See `StockSource`. The document may be packed by gzip."""

    kind: str
    origin: Origin
    products: Products
    called: str = ""

    @property
    def name(self) -> str:
        return self.called or f"{self.kind} {self.origin.name}"

    @property
    def comes_whole(self) -> bool:
        return self.origin.comes_whole

    def look(self) -> Look:
        return self.origin.look()

    def read(self) -> Count:
        try:
            with self.origin.open() as file:
                return count(self.products(documents.unpacked(file)))
        except (SourceUnreadable, EOFError, OSError, zlib.error) as error:
            raise SourceUnreadable(f"{self.origin.name}: {error}") from error
