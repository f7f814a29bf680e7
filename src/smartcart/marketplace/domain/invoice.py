"""The invoice a merchant uploads for an order (contract §3): what it may be, and when."""

import codecs
import unicodedata

from msgspec import Struct

from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.domain.operations import changed
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.domain.refusal import RefusalCode, Refused

EXTENSIONS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}
"""What an invoice may be, and how its file is called."""

HEAD_BYTES = 1024
"""So much of a file tells its media type."""

_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"%!PS", "application/postscript"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF", "application/x-executable"),
)
_MARKUP = (
    (b"<?xml", "application/xml"),
    (b"<svg", "image/svg+xml"),
    (b"<!doctype html", "text/html"),
    (b"<html", "text/html"),
)
_BRANDS = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
    b"avif": "image/avif",
}
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class InvoiceFile(Struct, frozen=True):
    """A file of one of the types it may be of, whole."""

    media_type: str
    content: bytes


def accepted_type(head: bytes) -> str:
    """The media type of a file that begins with `head`; raises `Refused` when none may be of it."""
    told = media_type(head)
    if told not in EXTENSIONS:
        raise Refused(RefusalCode.INVOICE_FILE, f"Invoice file {told} mime-type is not accepted")
    return told


def media_type(head: bytes) -> str:
    """The media type that the first `HEAD_BYTES` of a file tell, whatever it is called.

    A PDF may have something before it, as readers allow (ISO 32000-1, implementation notes).
    """
    head = head[:HEAD_BYTES]
    return _by_start(head) or (
        "application/pdf" if b"%PDF-" in head else _text(head) or "application/octet-stream"
    )


def _by_start(head: bytes) -> str | None:
    for start, told in _STARTS:
        if head.startswith(start):
            return told
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return "image/bmp"
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    return _markup(head)


def _markup(head: bytes) -> str | None:
    text = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    return next((told for start, told in _MARKUP if text.startswith(start)), None)


def _text(head: bytes) -> str | None:
    if head.startswith(_UTF_16):
        return "text/plain"
    try:  # the last character may be cut
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return None
    return None if any(map(_is_control, text)) else "text/plain"


def _is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc" and character not in "\t\n\r\f\x1b"


def with_invoice(order: Order, url: str) -> Order:
    """The order with its invoice at `url`, which replaces one that was there."""
    try:
        return changed(order, Verb.UPLOAD_INVOICE, invoice_file=url)
    except Refused:
        raise Refused(
            RefusalCode.ORDER_STATUS,
            "Failed to upload invoice. Order must be accepted first.",
        ) from None
