"""A document as it came: packed or not, or an error page in its place."""

from gzip import GzipFile
from typing import BinaryIO

from smartcart.merchant.stock import SourceUnreadable

WORKBOOK, OLD_WORKBOOK = b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")
"""How .xlsx and .ods begin, and how .xls does."""
_GZIP = b"\x1f\x8b"
_PAGE = (b"<!doctype html", b"<html")
_BEGINNING = 1024


def unpacked(file: BinaryIO) -> BinaryIO:
    """The document itself. An error page that came with a 200 is none."""
    packed = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    # A GzipFile reads like any file open in binary mode; typeshed knows it as no BinaryIO.
    document: BinaryIO = GzipFile(fileobj=file) if packed else file  # type: ignore[assignment]
    beginning = document.read(_BEGINNING).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if beginning.startswith(_PAGE):
        raise SourceUnreadable(
            "it is a web page and no list; look whether it asks for a login, or have it saved as "
            ".xlsx or CSV"
        )
    document.seek(0)
    return document


def require_text(file: BinaryIO, kind: str) -> None:
    """Raise `SourceUnreadable` for a workbook that is taken for a list of this `kind`."""
    beginning = file.read(len(OLD_WORKBOOK))
    file.seek(0)
    if beginning.startswith((WORKBOOK, OLD_WORKBOOK)):
        raise SourceUnreadable(
            f'it is a workbook and no {kind}; set kind = "excel" for it under [[merchant.stock]], '
            "or save it as CSV"
        )
