"""A document as it came: packed or not, or an error page in its place."""

from gzip import GzipFile
from typing import BinaryIO

from smartcart.merchant.stock import SourceUnreadable

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
        raise SourceUnreadable("it is a web page and no list; look whether it asks for a login")
    document.seek(0)
    return document
