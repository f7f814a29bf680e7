"""An order's invoice: what it may be, told by its content, and when it may come (contract §3)."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcart.contract import OrderState
from smartcart.contract.vocabulary import INVOICE_MEDIA_TYPES
from smartcart.marketplace.domain.invoice import (
    EXTENSIONS,
    HEAD_BYTES,
    accepted_type,
    media_type,
    with_invoice,
)
from smartcart.marketplace.domain.lifecycle import SILENT, Verb
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from tests.support.marketplace import an_order
from tests.support.proving import proves

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
JPEG = b"\xff\xd8\xff"


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "application/pdf"),
        (b"%PDF-2.0", "application/pdf"),
        (codecs.BOM_UTF8 + b"%PDF-1.4", "application/pdf"),
        (b"\r\n\r\n%PDF-1.4", "application/pdf"),
        (b"\x1b%-12345X@PJL\r\n%PDF-1.4", "application/pdf"),
        (b"\0" * (HEAD_BYTES - 5) + b"%PDF-", "application/pdf"),
        (PNG, "image/png"),
        (JPEG + b"\xe0\0\x10JFIF", "image/jpeg"),
        (JPEG + b"\xe1\0\x10Exif", "image/jpeg"),
        (JPEG + b"\xdb", "image/jpeg"),
    ],
)
@proves("invoices.types")
def test_what_an_invoice_may_be(head: bytes, told: str) -> None:
    assert media_type(head) == told
    assert accepted_type(head) == told


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (b"", "text/plain"),
        (b"\0" * (HEAD_BYTES - 4) + b"%PDF-", "application/octet-stream"),
        (b"GIF89a", "image/gif"),
        (b"II*\0\x08", "image/tiff"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"BM\x36\x10\0\0\0\0\0\0\x36", "image/bmp"),
        (b"\0\0\0\x18ftypheic\0\0", "image/heic"),
        (b"\0\0\0\x18ftypisom\0\0", "video/mp4"),
        (b"PK\x03\x04\x14\0invoice.pdf%PDF-1.4", "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        (b"{\\rtf1", "application/rtf"),
        (b"%!PS-Adobe-3.0", "application/postscript"),
        (b"\x1f\x8b\x08", "application/gzip"),
        (b"MZ\x90", "application/vnd.microsoft.portable-executable"),
        (b"<!DOCTYPE html><title>%PDF-1.4</title>", "text/html"),
        (codecs.BOM_UTF8 + b"\n <HTML>", "text/html"),
        (b'<?xml version="1.0"?>', "application/xml"),
        (b'<svg onload="alert(1)"/>', "image/svg+xml"),
        (b"BMW: 1\n", "text/plain"),
        ("Τιμολόγιο\r\n1\t2".encode(), "text/plain"),
        (("α" * HEAD_BYTES).encode()[: HEAD_BYTES - 1], "text/plain"),
        ("Τιμολόγιο".encode("utf-16"), "text/plain"),
        ("Τιμολόγιο".encode("iso-8859-7"), "application/octet-stream"),
        (b"\x89PNG\n\x1a\n", "application/octet-stream"),
        (b" " + JPEG, "application/octet-stream"),
        (b"\0\1\2\3", "application/octet-stream"),
    ],
)
@proves("invoices.wrong-type")
def test_what_it_may_not_be_is_refused_by_its_name(head: bytes, told: str) -> None:
    assert media_type(head) == told
    with pytest.raises(Refused) as refused:
        accepted_type(head)
    assert refused.value.code is RefusalCode.INVOICE_FILE
    assert refused.value.message == f"Invoice file {told} mime-type is not accepted"


@given(st.binary(max_size=2 * HEAD_BYTES))
def test_any_file_has_a_type_and_only_its_head_tells_it(content: bytes) -> None:
    told = media_type(content)
    assert told == media_type(content[:HEAD_BYTES])
    assert told.isascii()
    assert told.count("/") == 1


def test_the_types_are_those_of_the_contract() -> None:
    assert tuple(EXTENSIONS) == INVOICE_MEDIA_TYPES


TOO_EARLY_OR_NEVER = {
    OrderState.OPEN,
    OrderState.REJECTED,
    OrderState.CANCELLED,
    OrderState.EXPIRED,
}


@pytest.mark.parametrize("state", sorted(set(OrderState) - TOO_EARLY_OR_NEVER))
@proves("invoices.one-a-order")
def test_an_order_that_was_accepted_has_one_invoice(state: OrderState) -> None:
    before = an_order(state=state)
    first = with_invoice(before, "https://x/1.pdf")
    second = with_invoice(first, "https://x/2.png")
    assert (first.invoice_file, second.invoice_file) == ("https://x/1.pdf", "https://x/2.png")
    assert second == an_order(
        state=state, invoice_file="https://x/2.png", version=before.version + 2
    )


@pytest.mark.parametrize("state", sorted(TOO_EARLY_OR_NEVER))
@proves("invoices.not-accepted")
def test_any_other_has_none(state: OrderState) -> None:
    with pytest.raises(Refused) as refused:
        with_invoice(an_order(state=state), "https://x/1.pdf")
    assert refused.value.code is RefusalCode.ORDER_STATUS
    assert refused.value.message == ("Failed to upload invoice. Order must be accepted first.")


def test_it_is_not_told() -> None:
    assert Verb.UPLOAD_INVOICE in SILENT
