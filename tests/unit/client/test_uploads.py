"""Invoices from every kind of source, as a marketplace receives them."""

import asyncio
import io
import os
import re
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO

import pytest
from aiohttp import BodyPartReader, web
from aiohttp.test_utils import TestServer

from smartcart.client import (
    AnswerLost,
    OrdersClient,
    Retries,
    TooLarge,
    TooManyRequests,
    Unavailable,
)
from smartcart.client.uploads import AsyncInvoiceFile
from smartcart.contract.vocabulary import MAX_INVOICE_BYTES
from tests.support.http_sink import HttpSink, Raw, Reply
from tests.unit.client.calls import SUCCESS
from tests.unit.client.flavours import Flavour

QUICK = Retries(attempts=3, budget=5, base=0.01, cap=0.02)
CONTENT = b"%PDF-1.7\r\n--boundary?\r\n" + bytes(range(256)) * 1000
"""Of several pieces."""


class Pipe(io.RawIOBase):
    """A stream that cannot seek, and gives what comes in small pieces."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._content.read(min(size, 1000))


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    yield b""
    for at in range(0, len(content), 10_000):
        yield content[at : at + 10_000]
        await asyncio.sleep(0)


def stream_of(content: bytes) -> BinaryIO:
    stream = io.BytesIO(b"before" + content)
    stream.seek(len(b"before"))
    return stream


def pipe_of(content: bytes) -> BinaryIO:
    return Pipe(content)  # type: ignore[return-value]  # what is used of it is there


Make = Callable[[bytes], AsyncInvoiceFile]
KNOWN = ["path", "text", "bytes", "stream"]
UNKNOWN = ["pipe", "pieces"]
"""Of sources by whether their size is known beforehand."""

every_source = pytest.mark.parametrize("kind", [*KNOWN, *UNKNOWN])


@pytest.fixture
def source(kind: str, flavour: Flavour, tmp_path: Path) -> Make:
    if flavour.sync and kind == "pieces":
        pytest.skip("an async iterator is for the async client alone")

    def path_of(content: bytes) -> Path:
        path = tmp_path / "INV-1.pdf"
        path.write_bytes(content)
        return path

    makes: dict[str, Make] = {
        "path": path_of,
        "text": lambda content: str(path_of(content)),
        "bytes": lambda content: content,
        "stream": stream_of,
        "pipe": pipe_of,
        "pieces": pieces,
    }
    return makes[kind]


def body(boundary: str, name: str, media_type: str, content: bytes) -> bytes:
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="invoice_file"; filename="{name}"'
        f"\r\nContent-Type: {media_type}\r\n\r\n"
    )
    return head.encode() + content + f"\r\n--{boundary}--\r\n".encode()


@every_source
async def test_bytes_on_the_wire(
    client: OrdersClient, sink: HttpSink, kind: str, source: Make
) -> None:
    sink.answer(SUCCESS)
    exchange = await client.upload_invoice("C", source(CONTENT))
    [request] = sink.requests
    assert (request.method, request.target) == ("POST", "/merchants/ecommerce/orders/C/invoices")
    media_type, _, boundary = request.headers["content-type"].partition("; boundary=")
    assert media_type == "multipart/form-data"
    assert re.fullmatch("[0-9a-f]{32}", boundary)
    name = "INV-1.pdf" if kind in {"path", "text"} else "invoice.pdf"
    assert request.body == body(boundary, name, "application/pdf", CONTENT)
    if kind in KNOWN:
        assert request.headers["content-length"] == str(len(request.body))
        assert "transfer-encoding" not in request.headers
    else:
        assert request.headers["transfer-encoding"] == "chunked"
        assert "content-length" not in request.headers
    assert (exchange.status, exchange.request_body) == (200, b"")


@pytest.mark.parametrize(
    ("content", "filename", "name", "media_type"),
    [
        (b"%PDF-1", None, "invoice.pdf", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n..", None, "invoice.png", "image/png"),
        (b"\xff\xd8\xff\xe0..", None, "invoice.jpg", "image/jpeg"),
        (b"GIF89a", None, "invoice", "application/octet-stream"),
        (b"%PDF-1", "τιμολόγιο.pdf", "τιμολόγιο.pdf", "application/pdf"),
        (b"%PDF-1", 'a"b\r\nX: y.pdf', "a%22b%0D%0AX: y.pdf", "application/pdf"),
    ],
)
async def test_name_and_type(
    client: OrdersClient,
    sink: HttpSink,
    content: bytes,
    filename: str | None,
    name: str,
    media_type: str,
) -> None:
    sink.answer(SUCCESS)
    await client.upload_invoice("C", content, filename=filename)
    [request] = sink.requests
    boundary = request.headers["content-type"].rpartition("=")[2]
    assert request.body == body(boundary, name, media_type, content)


async def test_a_frameworks_own_parser_reads_it(flavour: Flavour) -> None:
    read: list[tuple[object, ...]] = []

    async def invoices(request: web.Request) -> web.Response:
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            told = (part.name, part.filename, part.headers["Content-Type"])
            read.append((*told, await part.read()))
        return web.json_response({"success": True})

    app = web.Application(client_max_size=MAX_INVOICE_BYTES + 1000)
    app.router.add_post("/merchants/ecommerce/orders/C/invoices", invoices)
    largest = b"%PDF-" + b"x" * (MAX_INVOICE_BYTES - 5)
    async with (
        TestServer(app) as server,
        flavour.open(str(server.make_url("")), upload_timeout=20) as client,
    ):
        await client.upload_invoice("C", stream_of(largest))
        await client.upload_invoice("C", pipe_of(CONTENT))
    sent = [("invoice_file", "invoice.pdf", "application/pdf", it) for it in (largest, CONTENT)]
    assert read == sent


@every_source
async def test_an_empty_file(client: OrdersClient, sink: HttpSink, source: Make) -> None:
    with pytest.raises(ValueError, match=r"^file: it is empty"):
        await client.upload_invoice("C", source(b""))
    assert sink.connections == 0


@every_source
async def test_a_file_that_is_too_large(
    client: OrdersClient, sink: HttpSink, kind: str, source: Make
) -> None:
    limit = r"at most 7 MB \(7,340,032 bytes\) are taken$"
    what = "it has 7,340,033 bytes" if kind in KNOWN else "it goes on and on"
    with pytest.raises(ValueError, match=f"^file: {what}; {limit}"):
        await client.upload_invoice("C", source(b"x" * (MAX_INVOICE_BYTES + 1)))
    assert sink.requests == []
    assert sink.connections == 0 or kind in UNKNOWN


async def test_a_file_that_is_not_there(client: OrdersClient, sink: HttpSink) -> None:
    with pytest.raises(FileNotFoundError):
        await client.upload_invoice("C", Path("nowhere.pdf"))
    assert sink.connections == 0


async def test_a_file_that_was_opened_as_text(
    client: OrdersClient, sink: HttpSink, tmp_path: Path
) -> None:
    path = tmp_path / "invoice.pdf"
    path.write_bytes(b"%PDF")
    with path.open() as text, pytest.raises(ValueError, match="open it in mode 'rb'"):
        await client.upload_invoice("C", text)  # type: ignore[arg-type]
    assert sink.connections == 0


class Changing(io.BytesIO):
    """Turns out to be of another size than it said."""

    def __init__(self, real: bytes, said: int) -> None:
        super().__init__(real)
        self._said = said

    def seek(self, to: int, whence: int = os.SEEK_SET) -> int:
        return self._said if whence == os.SEEK_END else super().seek(to, whence)


class Unreadable(io.BytesIO):
    """A disk that fails after the first piece."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise OSError("the disk is gone")
        return super().read(size)


@pytest.mark.parametrize(
    ("stream", "kind", "why"),
    [
        (lambda: Changing(CONTENT, len(CONTENT) - 1), ValueError, "^file: it grew beyond its"),
        (lambda: Changing(CONTENT, len(CONTENT) + 1), ValueError, "^file: it shrank below its"),
        (lambda: Unreadable(CONTENT), OSError, "^the disk is gone$"),
    ],
    ids=["grew", "shrank", "unreadable"],
)
async def test_a_source_that_fails_halfway(
    client: OrdersClient,
    sink: HttpSink,
    stream: Callable[[], BinaryIO],
    kind: type[Exception],
    why: str,
) -> None:
    """The request never becomes whole, so nothing can be carried out; and it is not repeated."""
    sink.answer(SUCCESS)
    with pytest.raises(kind, match=why):
        await client.upload_invoice("C", stream())
    assert sink.requests == []
    await client.upload_invoice("C", CONTENT)
    assert len(sink.requests) == 1


@pytest.mark.parametrize("kind", KNOWN)
async def test_what_can_be_read_again_is_repeated(
    flavour: Flavour, sink: HttpSink, source: Make
) -> None:
    sink.answer(Reply(429), Reply(503, headers={"Retry-After": "0"}), SUCCESS)
    async with flavour.open(sink.url(""), retries=QUICK) as client:
        await client.upload_invoice("C", source(CONTENT))
    assert [CONTENT in body for body in sink.bodies] == [True] * 3
    assert len({len(body) for body in sink.bodies}) == 1


@pytest.mark.parametrize("kind", UNKNOWN)
async def test_what_cannot_be_read_again_is_not(
    flavour: Flavour, sink: HttpSink, source: Make
) -> None:
    sink.answer(Reply(429), SUCCESS)
    async with flavour.open(sink.url(""), retries=QUICK) as client:
        with pytest.raises(TooManyRequests):
            await client.upload_invoice("C", source(CONTENT))
        assert len(sink.requests) == 1
    async with flavour.open("http://127.0.0.1:9", retries=QUICK) as client:
        with pytest.raises(Unavailable):
            await client.upload_invoice("C", source(CONTENT))


async def test_the_callers_stream_stays_open(client: OrdersClient, sink: HttpSink) -> None:
    sink.answer(SUCCESS)
    stream = stream_of(CONTENT)
    await client.upload_invoice("C", stream)
    assert not stream.closed


@pytest.mark.parametrize("kind", ["path", "pipe"])
async def test_a_refusal_before_the_file_was_read_whole(flavour: Flavour, source: Make) -> None:
    """As proxies give it: they answer after the headers, and hang up."""
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    gone = asyncio.Event()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(refusal)
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.transport.abort()
        gone.set()

    async with await asyncio.start_server(meet, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with flavour.open(url, upload_timeout=5) as client:
            with pytest.raises(TooLarge):
                await client.upload_invoice("C", source(b"%PDF" + b"x" * 7_000_000))
        await gone.wait()


async def test_a_server_that_does_not_read(flavour: Flavour) -> None:
    """It listens and never takes the connection, which the system makes all the same."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        async with flavour.open(url, timeout=9, upload_timeout=0.5) as client:
            with pytest.raises(AnswerLost) as lost:
                await client.upload_invoice("C", stream_of(b"x" * 7_000_000))
    assert lost.value.exchange.failure == "no whole answer in time"
    assert 450 < lost.value.exchange.milliseconds < 3000


async def test_uploads_have_their_own_time(flavour: Flavour, sink: HttpSink) -> None:
    sink.answer(Reply(200, b'{"success":true}', delay=0.5))
    async with flavour.open(sink.url(""), timeout=0.2, upload_timeout=10) as client:
        await client.upload_invoice("C", CONTENT)
        with pytest.raises(AnswerLost):
            await client.set_as_ready("C")


@pytest.mark.parametrize("kind", ["path"])
async def test_a_lost_answer_to_an_upload(flavour: Flavour, sink: HttpSink, source: Make) -> None:
    sink.answer(Raw(b""), SUCCESS)
    async with flavour.open(sink.url(""), retries=QUICK) as client:
        with pytest.raises(AnswerLost):
            await client.upload_invoice("C", source(CONTENT))
    assert len(sink.requests) == 1
