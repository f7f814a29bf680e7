"""A list of products in one document: where it comes from, and how it is written."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from gzip import GzipFile
from typing import BinaryIO, Protocol

from smartcart.merchant.stock import Count, Counted, Look, SourceUnreadable, count

Products = Callable[[BinaryIO], Iterator[Counted | str]]
"""Reads a document; raises `SourceUnreadable` for one that is not whole."""

_GZIP = b"\x1f\x8b"
_PAGE = (b"<!doctype html", b"<html")
_BEGINNING = 1024


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
                return count(self.products(_unpacked(file)))
        except (SourceUnreadable, EOFError, OSError, zlib.error) as error:
            raise SourceUnreadable(f"{self.origin.name}: {error}") from error


def _unpacked(file: BinaryIO) -> BinaryIO:
    """The document itself. An error page that came with a 200 is none."""
    packed = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    # A GzipFile reads like any file open in binary mode; typeshed knows it as no BinaryIO.
    document: BinaryIO = GzipFile(fileobj=file) if packed else file  # type: ignore[assignment]
    beginning = document.read(_BEGINNING).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if beginning.startswith(_PAGE):
        raise SourceUnreadable("it is a web page and no list; look whether it asks for a login")
    document.seek(0)
    return document
