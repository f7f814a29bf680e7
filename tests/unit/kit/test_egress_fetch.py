"""Fetching a document: bounded, typed, anonymous."""

import gzip
import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from smartcart.kit.egress import Document, Failure, FailureKind, fetch, open_session
from tests.support.authority import serving, trusting
from tests.support.http_sink import Drip, Endless, Hang, HttpSink, Raw, Reply, Reset, redirect

PDF = b"%PDF-1.7 a label"
TYPED = {"Content-Type": "application/pdf"}


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    async with HttpSink() as sink:
        sink.answer(Reply(200, PDF, TYPED))
        yield sink


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with open_session(allow_private=True, connect_timeout=5, tls=trusting()) as session:
        yield session


async def get(
    session: ClientSession, url: str, *, max_bytes: int = 10_000, within: float = 10
) -> Document | Failure:
    types = {"application/pdf"}
    return await fetch(session, url, max_bytes=max_bytes, accept_types=types, within=within)


async def failing(
    session: ClientSession, url: str, max_bytes: int = 10_000, within: float = 10
) -> FailureKind:
    outcome = await get(session, url, max_bytes=max_bytes, within=within)
    assert isinstance(outcome, Failure)
    return outcome.kind


async def test_a_document_comes_whole(session: ClientSession, sink: HttpSink) -> None:
    sink.answer(Reply(200, PDF, {"Content-Type": "Application/PDF; charset=binary"}))
    document = await get(session, sink.url("/v/unguessable?x=1"), max_bytes=len(PDF))
    assert isinstance(document, Document)
    assert (document.content, document.content_type) == (PDF, "application/pdf")
    assert document.address == "127.0.0.1"
    [request] = sink.requests
    assert (request.method, request.target) == ("GET", "/v/unguessable?x=1")
    assert request.headers["accept"] == "application/pdf"


async def test_credentials_are_never_sent(session: ClientSession, sink: HttpSink) -> None:
    with_user = sink.url("/hop", host="shop:secret@127.0.0.1")
    sink.answer(redirect(with_user), Reply(200, PDF, TYPED))
    assert isinstance(await get(session, with_user), Document)
    assert [request.headers.get("authorization") for request in sink.requests] == [None, None]


async def test_redirects_lead_to_any_host_three_times(
    session: ClientSession, sink: HttpSink
) -> None:
    async with HttpSink(tls=serving("localhost")) as other:
        sink.answer(redirect("/2", 302), redirect("/3", 301), redirect(other.url(host="localhost")))
        other.answer(Reply(200, PDF, TYPED))
        assert isinstance(await get(session, sink.url()), Document)
    sink.requests.clear()
    sink.answer(redirect("/again"))
    assert await failing(session, sink.url()) is FailureKind.REDIRECT
    assert len(sink.requests) == 4


async def test_no_redirect_leads_away_from_https(session: ClientSession, sink: HttpSink) -> None:
    async with HttpSink(tls=serving("127.0.0.1")) as safe:
        safe.answer(redirect(sink.url()))
        assert await failing(session, safe.url()) is FailureKind.REDIRECT
    assert sink.requests == []


@pytest.mark.parametrize("status", [201, 204, 206, 401, 404, 500])
async def test_another_status_is_no_document(
    session: ClientSession, sink: HttpSink, status: int
) -> None:
    sink.answer(Reply(status, headers=TYPED))
    outcome = await get(session, sink.url())
    assert isinstance(outcome, Failure)
    assert (outcome.kind, outcome.status) == (FailureKind.STATUS, status)


@pytest.mark.parametrize("headers", [{"Content-Type": "text/html"}, {}])
async def test_another_type_is_not_read(
    session: ClientSession, sink: HttpSink, headers: dict[str, str]
) -> None:
    sink.answer(Reply(200, PDF, headers))
    outcome = await get(session, sink.url())
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.CONTENT_TYPE
    assert outcome.detail == "the document's type is not application/pdf"


async def test_any_type_when_none_is_asked_for(session: ClientSession, sink: HttpSink) -> None:
    sink.answer(Reply(200, PDF, {"Content-Type": "image/png"}))
    document = await fetch(session, sink.url(), max_bytes=100, accept_types=())
    assert isinstance(document, Document)
    assert document.content_type == "image/png"


async def test_a_byte_too_many(session: ClientSession, sink: HttpSink) -> None:
    assert await failing(session, sink.url(), len(PDF) - 1) is FailureKind.TOO_LARGE


@pytest.mark.parametrize("announced", [None, 10**12])
async def test_an_endless_document_is_cut_at_the_limit(
    session: ClientSession, sink: HttpSink, announced: int | None
) -> None:
    sink.answer(Endless(announced))
    started = time.monotonic()
    assert await failing(session, sink.url(), 1_000_000) is FailureKind.TOO_LARGE
    assert time.monotonic() - started < 5  # not when its time is over


async def test_an_announced_size_is_believed(session: ClientSession, sink: HttpSink) -> None:
    sink.answer(Drip(headers=TYPED, body=b"x" * 20_000))
    assert await failing(session, sink.url(), max_bytes=10_000) is FailureKind.TOO_LARGE


async def test_a_packed_document_is_not_unpacked(session: ClientSession, sink: HttpSink) -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    sink.answer(Reply(200, bomb, {**TYPED, "Content-Encoding": "gzip"}))
    assert await failing(session, sink.url(), 100_000) is FailureKind.INVALID_ANSWER


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n"


@pytest.mark.parametrize(
    "cut",
    [
        Raw(HEAD + b"Content-Length: 99\r\n\r\n%PDF"),
        Reset(HEAD + b"Content-Length: 99\r\n\r\n%PDF"),
        Raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\n%PDF\r\n"),
        Reset(HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\n%PDF\r\n"),
    ],
    ids=["closed", "reset", "closed between chunks", "reset between chunks"],
)
async def test_a_document_cut_short_is_none(
    session: ClientSession, sink: HttpSink, cut: Raw | Reset
) -> None:
    sink.answer(cut)
    assert await failing(session, sink.url()) is FailureKind.RESET


async def test_a_dripping_document_is_cut_by_the_time_out(
    session: ClientSession, sink: HttpSink
) -> None:
    sink.answer(Drip(headers=TYPED))
    outcome = await get(session, sink.url(), within=0.5)
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.TIMEOUT
    assert 490 <= outcome.milliseconds < 5_000


async def test_no_answer(session: ClientSession, sink: HttpSink) -> None:
    sink.answer(Hang())
    assert await failing(session, sink.url(), within=1) is FailureKind.TIMEOUT
