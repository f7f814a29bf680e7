"""What is kept of an answer does not hold what the webhook's URL hides."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcart.marketplace.webhook.excerpt import excerpt

URL = "https://shop.example/webhook/s3cr3t-t0ken?key=p%40ss+word&shop=17"


@pytest.mark.parametrize(
    ("head", "kept"),
    [
        (b"", ""),
        (b"Internal Server Error", "Internal Server Error"),
        ("Σφάλμα".encode(), "Σφάλμα"),
        (b"a\0b\xff", "a\ufffdb\ufffd"),
        (b"Cannot POST /webhook/s3cr3t-t0ken?key=p%40ss+word", "Cannot POST /***/***?key=***"),
        (
            b"<pre>/webhook/s3cr3t-t0ken?key=p%40ss+word&amp;shop=17",
            "<pre>/***/***?key=***&amp;***=17",
        ),
        (b'{"key": "p@ss word"}', '{"key": "***"}'),
        (b'{"path": "\\/webhook\\/s3cr3t-t0ken"}', '{"path": "\\/***\\/***"}'),
        (b"Cannot POST /webhook/s3cr3t-t0", "Cannot POST /***/***"),
        (b"key 17 s3c", "key 17 s3c"),
    ],
)
def test_pieces_of_the_url_are_hidden(head: bytes, kept: str) -> None:
    assert excerpt(head, URL) == kept


@given(
    secret=st.text(st.characters(codec="utf-8", exclude_characters="*"), min_size=8, max_size=30),
    before=st.binary(max_size=60),
    cut=st.integers(0, 60),
)
def test_no_secret_is_kept_however_it_is_written_or_cut(
    secret: str, before: bytes, cut: int
) -> None:
    written = quote(secret, safe="")
    for shown in (written.encode(), secret.encode()):
        head = (before + b" " + shown)[: len(before) + 1 + cut]
        kept = excerpt(head, f"https://shop.example/{written}")
        for spelling in (written, secret):
            assert spelling not in kept
            assert not kept.endswith(spelling[:4])
