"""Documents of any size, written to a file: bounded, whole, and their headers sent to one host."""

import gzip
from collections.abc import AsyncIterator, Mapping
from io import BytesIO

import pytest
from aiohttp import ClientSession

from smartcart.kit.egress import Failure, FailureKind, Reply, download, open_session
from tests.support import http_sink
from tests.support.http_sink import Drip, Endless, Hang, HttpSink, Raw, Reset, redirect

LIST = b"id,quantity\n1,5\n"


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    async with HttpSink() as sink:
        yield sink


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with open_session(allow_private=True, connect_timeout=5) as session:
        yield session


async def get(
    session: ClientSession,
    url: str,
    headers: Mapping[str, str] = {},
    max_bytes: int = 10_000,
    within: float = 10,
) -> tuple[Reply | Failure, bytes]:
    file = BytesIO()
    found = await download(session, url, file, headers=headers, max_bytes=max_bytes, within=within)
    return found, file.getvalue()


async def test_a_document_is_written_as_it_comes(session: ClientSession, sink: HttpSink) -> None:
    sink.answer(http_sink.Reply(200, LIST, {"ETag": '"1"'}))
    found, content = await get(session, sink.url("/list"), {"X-Key": "k"}, len(LIST))
    assert isinstance(found, Reply)
    assert (found.status, found.headers["etag"], found.body, content) == (200, '"1"', b"", LIST)
    [request] = sink.requests
    assert (request.method, request.headers["x-key"]) == ("GET", "k")


async def test_a_packed_document_is_written_packed(session: ClientSession, sink: HttpSink) -> None:
    packed = gzip.compress(LIST)
    sink.answer(http_sink.Reply(200, packed, {"Content-Encoding": "gzip"}))
    found, content = await get(session, sink.url("/list"))
    assert isinstance(found, Reply)
    assert content == packed


async def test_nothing_new_is_an_answer_too(session: ClientSession, sink: HttpSink) -> None:
    sink.answer(http_sink.Reply(304))
    found, content = await get(session, sink.url("/list"), {"If-None-Match": '"1"'})
    assert isinstance(found, Reply)
    assert (found.status, content) == (304, b"")


async def test_headers_go_to_the_first_host_alone(session: ClientSession, sink: HttpSink) -> None:
    async with HttpSink() as other:
        other.answer(http_sink.Reply(200, LIST))
        sink.answer(redirect(sink.url("/there")), path="/here")
        sink.answer(redirect(other.url("/list")), path="/there")
        found, content = await get(session, sink.url("/here"), {"X-Key": "k"})
        assert isinstance(found, Reply)
        assert content == LIST
        assert [request.headers.get("x-key") for request in sink.requests] == ["k", "k"]
        assert [request.headers.get("x-key") for request in other.requests] == [None]


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (http_sink.Reply(404, b"no such list"), FailureKind.STATUS),
        (http_sink.Reply(206, LIST), FailureKind.STATUS),
        (http_sink.Reply(200, LIST, {"Content-Encoding": "br"}), FailureKind.INVALID_ANSWER),
        (Raw(b"HTTP/1.1 200 OK\r\n\r\n" + LIST), FailureKind.INVALID_ANSWER),
        (Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + LIST), FailureKind.RESET),
        (Endless(announced=1_000_000), FailureKind.TOO_LARGE),
        (http_sink.Reply(200, b"x" * 10_001), FailureKind.TOO_LARGE),
        (Drip(200, LIST * 50), FailureKind.TIMEOUT),
        (Hang(), FailureKind.TIMEOUT),
        (Reset(), FailureKind.RESET),
    ],
    ids=repr,
)
async def test_what_is_not_whole_is_a_failure(
    session: ClientSession, sink: HttpSink, behaviour: http_sink.Behaviour, kind: FailureKind
) -> None:
    sink.answer(behaviour)
    found, _ = await get(session, sink.url("/list"), within=0.5)
    assert isinstance(found, Failure)
    assert found.kind is kind


async def test_no_more_is_taken_than_is_allowed(session: ClientSession, sink: HttpSink) -> None:
    chunk = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    sink.answer(Raw(head + chunk * 3 + b"0\r\n\r\n"))
    found, content = await get(session, sink.url("/list"))
    assert isinstance(found, Failure)
    assert found.kind is FailureKind.TOO_LARGE
    assert len(content) <= 10_000


async def test_an_address_that_is_refused_is_not_asked(sink: HttpSink) -> None:
    async with open_session() as strict:
        found, _ = await get(strict, sink.url("/list"))
    assert isinstance(found, Failure)
    assert (found.kind, sink.connections) == (FailureKind.REFUSED_ADDRESS, 0)
