"""A file in a multipart body: taken whole however it is cut, or refused; memory stays small."""

import asyncio
import os
import tracemalloc
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from smartcart.kit.uploads import NoUpload, UploadRefused, UploadTooLarge, received

MOST = 1_000
BOUNDARY = b"----smartcart7d9"
TYPE = f"multipart/form-data; boundary={BOUNDARY.decode()}"
DISPOSITION = b'Content-Disposition: form-data; name="invoice_file"; filename="a.pdf"'


def part(content: bytes, *headers: bytes) -> bytes:
    head = b"\r\n".join(headers or (DISPOSITION, b"Content-Type: application/pdf"))
    return b"--" + BOUNDARY + b"\r\n" + head + b"\r\n\r\n" + content + b"\r\n"


def text(name: str, content: bytes = b"x") -> bytes:
    return part(content, f'Content-Disposition: form-data; name="{name}"'.encode())


def body(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--" + BOUNDARY + b"--\r\n"


def pieces(whole: bytes, size: int) -> Iterator[bytes]:
    return (whole[at : at + size] for at in range(0, len(whole), size))


class Sender:
    """Somebody who sends a body; counts how much of it was taken."""

    def __init__(self, chunks: Iterable[bytes], *, hangs_up: bool = False) -> None:
        self._messages = self._write(chunks, hangs_up)
        self.taken = 0

    def _write(self, chunks: Iterable[bytes], hangs_up: bool) -> Iterator[Message]:
        for chunk in chunks:
            self.taken += len(chunk)
            yield {"type": "http.request", "body": chunk, "more_body": True}
        yield {"type": "http.disconnect"} if hangs_up else {"type": "http.request", "body": b""}

    async def receive(self) -> Message:
        return next(self._messages)

    def request(self, content_type: str | None = TYPE) -> Request:
        headers = [] if content_type is None else [(b"content-type", content_type.encode())]
        return Request({"type": "http", "headers": headers}, self.receive)


async def taken(
    chunks: Iterable[bytes], content_type: str | None = TYPE, most_bytes: int = MOST
) -> bytes:
    sender = Sender(chunks)
    async with received(sender.request(content_type), "invoice_file", most_bytes) as file:
        return file.read()


async def refusal(
    chunks: Iterable[bytes], content_type: str | None = TYPE, *, hangs_up: bool = False
) -> UploadRefused:
    return await refused_by(Sender(chunks, hangs_up=hangs_up), content_type)


async def refused_by(sender: Sender, content_type: str | None = TYPE) -> UploadRefused:
    with pytest.raises(UploadRefused) as refused:
        await received(sender.request(content_type), "invoice_file", MOST).__aenter__()
    return refused.value


async def test_the_file_is_taken_and_the_rest_passed_over() -> None:
    whole = body(text("comment"), part(b"%PDF-1.7"), text("invoice"), text("x", b""))
    assert await taken([whole]) == b"%PDF-1.7"


TRICKY = b"\r\n--" + BOUNDARY[:-1] + b"\r\n--\r\n\r--" + BOUNDARY + b"\n-\r"


async def test_the_body_may_be_cut_anywhere() -> None:
    whole = body(text("comment"), part(TRICKY), text("x"))
    for at in range(len(whole) + 1):
        assert await taken([whole[:at], whole[at:]]) == TRICKY, at


async def test_or_come_byte_by_byte_with_nothing_between() -> None:
    whole = body(part(TRICKY), text("x"))
    assert await taken(pieces(whole, 1)) == TRICKY
    assert await taken([b"", *pieces(whole, 1), b""]) == TRICKY


BITS = st.sampled_from(
    [b"\r", b"\n", b"-", b"--", b"\r\n", b"\r\n--", b"\r\n--" + BOUNDARY[:8], BOUNDARY, b"\0", b"%"]
)
CONTENTS = st.lists(BITS | st.binary(max_size=9), min_size=1).map(b"".join).filter(bool)


@given(
    CONTENTS.filter(lambda content: b"\r\n--" + BOUNDARY not in b"\r\n" + content),
    st.lists(st.integers(min_value=0, max_value=600)),
)
@settings(max_examples=150, deadline=None)
def test_what_comes_out_is_what_went_in(content: bytes, cuts: list[int]) -> None:
    whole = body(text("a", content[:40]), part(content[:MOST]), text("b"))
    at = sorted({0, *(cut for cut in cuts if cut < len(whole)), len(whole)})
    chunks = [whole[start:end] for start, end in pairwise(at)]
    assert asyncio.run(taken(chunks)) == content[:MOST]


@given(st.binary(max_size=400) | st.lists(BITS).map(b"".join), st.booleans())
@settings(max_examples=150, deadline=None)
def test_junk_is_refused_and_never_an_error(junk: bytes, inside: bool) -> None:
    whole = body(part(b"%PDF"))
    cut = len(junk) % len(whole)
    sent = whole[:cut] + junk if inside else junk
    with suppress(UploadRefused):
        asyncio.run(taken([sent]))


async def test_exactly_as_much_as_may_be_and_one_more() -> None:
    assert await taken([body(part(b"x" * MOST))]) == b"x" * MOST
    for chunks in ([body(part(b"x" * (MOST + 1)))], pieces(body(part(b"x" * (MOST + 1))), 7)):
        refused = await refusal(chunks)
        assert (type(refused), refused.cut_off) == (UploadTooLarge, False)


@pytest.mark.parametrize(
    "content_type",
    [
        f"Multipart/Form-Data; Boundary={BOUNDARY.decode()}",
        f'multipart/form-data; charset=utf-8; boundary="{BOUNDARY.decode()}"',
        f"multipart/form-data;boundary={BOUNDARY.decode()};",
    ],
)
async def test_the_content_type_may_be_written_so(content_type: str) -> None:
    assert await taken([body(part(b"%PDF"))], content_type) == b"%PDF"


@pytest.mark.parametrize(
    "headers",
    [
        (b'content-disposition:form-data;name="invoice_file";filename="a.pdf"',),
        (b"Content-Disposition: form-data; name=invoice_file; filename=a.pdf",),
        (b'Content-Type: text/html; q="', DISPOSITION),
        (b"Content-Type: nonsense", b"Content-Length: 1", DISPOSITION),
        (DISPOSITION, b"Content-Type: text/plain", b"Content-Transfer-Encoding: binary"),
        (b"Content-Disposition: form-data; name=\"invoice_file\"; filename*=UTF-8''%CE%B1.pdf",),
        (b'Content-Disposition: form-data; filename="\xce\xb1;.pdf"; name="invoice_file"',),
        (b'Content-Disposition: form-data; name="invoice_file"; filename=""',),
        (b'Content-Disposition: form-data; name="invoice_file"', b"Content-Type: image/png"),
        (b'Content-Disposition: attachment; name="invoice_file"; FileName ="a"',),
    ],
)
async def test_files_as_clients_write_them(headers: tuple[bytes, ...]) -> None:
    assert await taken([body(part(b"%PDF", *headers))]) == b"%PDF"


@pytest.mark.parametrize(
    ("content_type", "sent"),
    [
        (None, body(part(b"%PDF"))),
        ("", body(part(b"%PDF"))),
        ("application/pdf", b"%PDF-1.7"),
        ("application/json", b"{}"),
        ("multipart/form-data", body(part(b"%PDF"))),
        ("multipart/form-data; boundary=", body(part(b"%PDF"))),
        ('multipart/form-data; boundary=""', body(part(b"%PDF"))),
        (f"multipart/form-data; boundary={'x' * 5_000}", body(part(b"%PDF"))),
        ("multipart/form-data; boundary=another", body(part(b"%PDF"))),
        ("multipart/form-data; boundary=\xff\xfe", body(part(b"%PDF"))),
        (f"multipart/mixed; boundary={BOUNDARY.decode()}", body(part(b"%PDF"))),
        (TYPE, b""),
        (TYPE, b"%PDF-1.7"),
        (TYPE, body()),
        (TYPE, part(b"%PDF")),
        (TYPE, body(part(b"%PDF"))[: -len(BOUNDARY) - 6]),
        (TYPE, body(part(b"%PDF"))[:-3]),
        (TYPE, body(part(b"%PDF")).replace(b"\r\n", b"\n")),
        (TYPE, body(part(b"%PDF", b"Content-Type: application/pdf"))),
        (TYPE, body(part(b"%PDF", b"no colon"))),
        (TYPE, body(part(b"%PDF", b": empty"))),
        (TYPE, body(part(b"%PDF", DISPOSITION, *[b"X-Many: 1"] * 100))),
        (TYPE, body(part(b"%PDF", DISPOSITION, b"X-Long: " + b"x" * 10_000))),
        (TYPE, body(part(b"%PDF", b'Content-Disposition: form-data; filename="invoice_file"'))),
        (TYPE, body(text("invoice_file", b"/home/shop/a.pdf"))),
        (TYPE, body(part(b"%PDF", DISPOSITION.replace(b"_file", b"")))),
        (TYPE, body(part(b""))),
        (TYPE, body(part(b"%PDF"), part(b"%PDF"))),
        (TYPE, body(part(b"%PDF"), part(b""), part(b"x"))),
    ],
    ids=range(29),
)
async def test_no_file_to_take(content_type: str | None, sent: bytes) -> None:
    refused = await refusal([sent], content_type)
    assert (type(refused), refused.cut_off) == (NoUpload, False)


async def test_a_choice_not_made_beside_one_that_was() -> None:
    assert await taken([body(part(b""), text("invoice_file"), part(b"%PDF"))]) == b"%PDF"


async def test_a_sender_who_hangs_up() -> None:
    whole = body(part(b"%PDF"))
    for at in range(0, len(whole), 10):
        refused = await refusal([whole[:at]], hangs_up=True)
        assert (type(refused), refused.cut_off) == (NoUpload, False)


@pytest.mark.parametrize(
    "beside",
    [
        text("other", b"x" * 70_000),
        text("x") * 1_200,
        part(b"x" * 70_000, b"X-A: 1"),
    ],
    ids=["long", "many", "nameless"],
)
async def test_what_is_beside_the_file_is_bounded(beside: bytes) -> None:
    for sent in (body(beside, part(b"%PDF")), body(part(b"%PDF"), beside)):
        assert type(await refusal(pieces(sent, 5_000))) is NoUpload


async def test_what_is_before_the_first_boundary_and_after_the_last_is_bounded_too() -> None:
    whole = body(part(b"%PDF"))
    assert await taken([whole, b"epilogue"]) == b"%PDF"
    assert await taken([b"\r\n" * 9, whole]) == b"%PDF"
    assert type(await refusal([whole, *[b"x" * 1_000] * 70])) is NoUpload
    assert type(await refusal([*[b"\r\n" * 500] * 70, whole])) is NoUpload


@pytest.mark.parametrize("start", [part(b"x" * 2 * MOST), b"junk"], ids=["too large", "junk"])
async def test_what_is_refused_is_read_on_up_to_a_bound(start: bytes) -> None:
    enough = [b"x" * 100] * (8 * MOST // 100)
    assert not (await refusal([start, *enough])).cut_off
    sender = Sender([start, *enough, b"x", *enough])
    assert (await refused_by(sender)).cut_off
    assert sender.taken == len(start) + 8 * MOST + 1


async def test_memory_holds_a_piece_of_it() -> None:
    most = 7 * 1024 * 1024
    head, tail = body(part(b"@")).split(b"@")
    piece = os.urandom(64 * 1024)

    def sent() -> Iterator[bytes]:
        yield head
        yield from (piece for _ in range(most // len(piece)))
        yield tail

    tracemalloc.start()
    try:
        async with received(Sender(sent()).request(), "invoice_file", most) as file:
            _, peak = tracemalloc.get_traced_memory()
            assert sum(map(len, iter(lambda: file.read(4096), b""))) == most
    finally:
        tracemalloc.stop()
    assert peak < 1024 * 1024


async def test_many_at_once_do_not_mix() -> None:
    contents = [bytes([number]) * 900 for number in range(20)]

    async def one(content: bytes) -> bytes:
        return await taken(pieces(body(part(content)), 11))

    assert await asyncio.gather(*map(one, contents)) == contents
