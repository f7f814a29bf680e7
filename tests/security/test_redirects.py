"""Chains of redirects: each hop is judged as if it were the first, and tells nobody a secret."""

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import cache

import pytest
from aiohttp import ClientSession

from smartcart.client import OrdersApiError, OrdersClient, Retries, SyncOrdersClient
from smartcart.kit.egress import (
    Answer,
    Document,
    Failure,
    FailureKind,
    fetch,
    post_following,
)
from tests.security.observed import connects
from tests.security.sessions import PUBLIC, public_session
from tests.security.tally import Tally
from tests.security.urls import NAMES, corpus
from tests.support.authority import serving, trusting
from tests.support.http_sink import Behaviour, Connection, HttpSink, Raw, Reply, redirect
from tests.support.names import KnownNames

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="needs more than one loopback address"
)
PART = "redirects"
SHOP = "shop.example"
OTHER = "other.example"
SECRET = "s3cr3t-t0ken"
BODY = '{"customer": "Ελένη"}'.encode()
HEADERS = {"Authorization": f"Bearer {SECRET}", "X-Signature": SECRET, "Content-Type": "a/b"}
STATUSES = (301, 302, 303, 307, 308)
Outcome = Answer | Document | Failure
Door = Callable[[ClientSession, str], Awaitable[Outcome]]


async def post(session: ClientSession, url: str) -> Outcome:
    return await post_following(session, url, BODY, HEADERS, within=3)


async def get(session: ClientSession, url: str) -> Outcome:
    return await fetch(session, url, max_bytes=100, accept_types=(), within=3)


@cache
def shown(name: str) -> ssl.SSLContext:
    return serving(name)


@cache
def trusted() -> ssl.SSLContext:
    return trusting()


DOORS = pytest.mark.parametrize("door", [post, get])


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    """It finds a shop and another on the open internet, and what the corpus names inside."""
    names = KnownNames({**NAMES, SHOP: PUBLIC, OTHER: PUBLIC})
    async with public_session(names, trusted()) as opened:
        yield opened


@pytest.fixture
async def shop() -> AsyncIterator[HttpSink]:
    async with HttpSink(host=PUBLIC, tls=shown(SHOP)) as sink:
        yield sink


@pytest.fixture
async def other() -> AsyncIterator[HttpSink]:
    async with HttpSink(host=PUBLIC, tls=shown(OTHER)) as sink:
        yield sink


@DOORS
@pytest.mark.parametrize("status", STATUSES)
async def test_none_leads_to_what_the_corpus_holds(
    session: ClientSession, shop: HttpSink, door: Door, status: int, tally: Tally, depth: int
) -> None:
    """Whatever of it can stand in a header, or tries to."""
    wrong = []
    kinds = [kind for kind in corpus(0) if not kind.reached and kind.name != "no absolute URL"]
    urls = [url.replace("PORT", str(shop.port)) for kind in kinds for url in kind.urls]
    urls = [url for url in urls if len(url) < 8_000][STATUSES.index(status) :: max(1, 20 // depth)]
    with connects() as attempted:
        for url in urls:
            shop.answer(Located(url, status))
            outcome = await door(session, shop.url(host=SHOP))
            if not isinstance(outcome, Failure) or outcome.kind not in REFUSED:
                wrong.append((ascii(url)[:90], outcome))
    assert wrong == []
    assert {*attempted} == {PUBLIC}
    assert not any("x-injected" in request.headers for request in shop.requests)
    tally.add(PART, "to the corpus", tried=len(urls), refused=len(urls))


REFUSED = {FailureKind.REDIRECT, FailureKind.REFUSED_ADDRESS, FailureKind.NAME} | {
    FailureKind.INVALID_ANSWER  # the Location itself is no header
}


@dataclass(frozen=True, slots=True)
class Located:
    """A redirect whose Location is sent byte for byte, control characters and all."""

    location: str
    status: int

    async def __call__(self, connection: Connection) -> None:
        location = self.location.encode("utf-8", "surrogatepass")
        head = b"HTTP/1.1 %d R\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n"
        await connection.send(head % (self.status, location))


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(
    "location",
    [
        "https://other.example:{port}/stolen",
        "//other.example:{port}/stolen",
        "https://shop.example@other.example:{port}/",
        "https://shop.example:x@other.example:{port}/",
        "https://OTHER.example:{port}/",
        "https://other.example.:{port}/",
        "https://shop.example.other.example:{port}/",
        "https://sub.shop.example:{port}/",
        "https://example:{port}/",
    ],
)
async def test_a_webhook_goes_to_no_other_host(
    session: ClientSession,
    shop: HttpSink,
    other: HttpSink,
    location: str,
    status: int,
    tally: Tally,
) -> None:
    shop.answer(redirect(location.format(port=other.port), status))
    outcome = await post(session, shop.url(host=SHOP))
    assert isinstance(outcome, Failure)
    assert (outcome.kind, outcome.status) == (FailureKind.REDIRECT, status)
    assert other.connections == 0
    tally.add(PART, "of a webhook to another host", refused=1)


@pytest.mark.parametrize("status", STATUSES)
async def test_a_document_may_lie_elsewhere_and_nobody_is_told_a_secret(
    session: ClientSession, shop: HttpSink, other: HttpSink, status: int, tally: Tally
) -> None:
    credentials = f"{SECRET}:{SECRET}@"
    shop.answer(redirect(other.url("/a#fragment", host=f"{credentials}{OTHER}"), status))
    other.answer(Reply(200, b"there"))
    outcome = await get(session, shop.url(host=f"{credentials}{SHOP}"))
    assert isinstance(outcome, Document)
    assert [request.method for request in (*shop.requests, *other.requests)] == ["GET", "GET"]
    assert other.requests[0].target == "/a"
    told = [value for sink in (shop, other) for value in sink.requests[0].headers.values()]
    assert SECRET not in " ".join(told)
    assert {"authorization", "referer", "cookie"}.isdisjoint(other.requests[0].headers)
    tally.add(PART, "of a document to another host (followed, no secret told)", refused=0)


@DOORS
@pytest.mark.parametrize("status", STATUSES)
async def test_none_leads_away_from_tls(
    session: ClientSession, shop: HttpSink, door: Door, status: int, tally: Tally
) -> None:
    async with HttpSink(host=PUBLIC) as open_to_all:
        for location in (
            open_to_all.url("/hop", host=SHOP),
            f"HTTP://{SHOP}:{open_to_all.port}/",
            f"http://{SHOP}./",
        ):
            shop.answer(redirect(location, status))
            outcome = await door(session, shop.url(host=SHOP))
            assert isinstance(outcome, Failure)
            assert outcome.detail == "a redirect from https to http is not followed"
        assert open_to_all.connections == 0
    tally.add(PART, "from https to http", tried=3, refused=3)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/new?x=1", "/new?x=1"),
        ("new", "/a/new"),
        ("../new", "/new"),
        ("?x=1", "/a/b?x=1"),
        ("/new#fragment", "/new"),
        ("//shop.example:{port}/new", "/new"),
        ("https://SHOP.Example:{port}/new", "/new"),
        ("https://shop.example.:{port}/new", "/new"),
        ("/\\other.example/", "/\\other.example/"),
        ("/νέο", "/%CE%BD%CE%AD%CE%BF"),
        ("/%0d%0aX-Injected:%201", "/%0d%0aX-Injected:%201"),
    ],
)
async def test_on_the_same_host_a_post_stays_a_post_with_its_body(
    session: ClientSession, shop: HttpSink, location: str, target: str, status: int
) -> None:
    hop = Located(location.format(port=shop.port), status)
    shop.answer(hop, Reply(200, b"there"))
    outcome = await post(session, shop.url("/a/b", host=SHOP))
    assert isinstance(outcome, Answer)
    first, second = shop.requests
    assert (second.method, second.target, second.body) == ("POST", target, BODY)
    sent = {"authorization", "x-signature", "content-type"}
    assert {second.headers[name] for name in sent} == {*HEADERS.values()}
    assert second.headers.keys() == first.headers.keys()


@DOORS
@pytest.mark.parametrize(
    "location",
    [
        *("", " ", "http://", "https://:443/", "https://[::1/", "https://x:y/", "data:,x"),
        *("ftp://shop.example/", "file:///etc/passwd", "javascript:alert(1)", "about:blank"),
        *("gopher://127.0.0.1:6379/_FLUSHALL", "https://" + "a" * 300 + "/", "/" + "a" * 8_001),
        *("\x01", "/\x7f", "https://shop.example\\@other.example/"),
    ],
    ids=lambda text: ascii(text)[:40],
)
async def test_garbage(
    session: ClientSession, shop: HttpSink, door: Door, location: str, tally: Tally
) -> None:
    shop.answer(Located(location, 307))
    outcome = await door(session, shop.url(host=SHOP))
    assert isinstance(outcome, Failure)
    assert outcome.kind in {FailureKind.REDIRECT, FailureKind.INVALID_ANSWER}
    assert len(shop.requests) == 1
    tally.add(PART, "to garbage", refused=1)


HUGE: dict[str, Behaviour] = {
    "5 MB": Reply(307, headers={"Location": "/" + "x" * 5_000_000}),
    "no Location": Reply(302),
    "two": Raw(b"HTTP/1.1 302 F\r\nLocation: /1\r\nLocation: /2\r\nContent-Length: 0\r\n\r\n"),
    "not a redirect": Reply(300, headers={"Location": "/1"}),
    "304": Reply(304, headers={"Location": "/1"}),
    "305": Reply(305, headers={"Location": "http://127.0.0.1:8080/"}),
    "306": Reply(306, headers={"Location": "/1"}),
    "399": Reply(399, headers={"Location": "/1"}),
    "Refresh": Reply(404, headers={"Refresh": "0; url=/1", "Content-Location": "/1"}),
}


@pytest.mark.parametrize("name", HUGE)
@DOORS
async def test_other_ways_to_send_one_elsewhere(
    session: ClientSession, shop: HttpSink, door: Door, name: str, tally: Tally
) -> None:
    shop.answer(HUGE[name], Reply(200))
    outcome = await door(session, shop.url(host=SHOP))
    followed = name == "two"  # the first of them counts
    assert [request.target for request in shop.requests] == ["/", "/1"][: 1 + followed]
    assert followed or not isinstance(outcome, Document)
    if isinstance(outcome, Answer):
        assert outcome.status == 200 if followed else outcome.status >= 300
    tally.add(PART, "by other means", refused=1 - followed)


@DOORS
async def test_a_redirect_that_breaks_off(
    session: ClientSession, shop: HttpSink, door: Door, tally: Tally
) -> None:
    shop.answer(Raw(b"HTTP/1.1 302 F\r\nLocation: /oth"))
    outcome = await door(session, shop.url(host=SHOP))
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.RESET
    assert {request.target for request in shop.requests} == {"/"}
    tally.add(PART, "by other means", refused=1)


@DOORS
@pytest.mark.parametrize(
    "loop",
    [["/"], ["/1", "/"], ["/1", "/2", "/"], ["https:"], ["https://"], ["///"], ["https:x"]],
)
async def test_loops_and_a_fourth_hop(
    session: ClientSession, shop: HttpSink, door: Door, loop: list[str], tally: Tally
) -> None:
    shop.answer(*(redirect(to) for to in loop * 4))
    outcome = await door(session, shop.url(host=SHOP))
    assert isinstance(outcome, Failure)
    assert (outcome.kind, outcome.detail) == (FailureKind.REDIRECT, "too many redirects")
    assert len(shop.requests) == 4
    tally.add(PART, "in loops", refused=1)


@DOORS
async def test_the_body_of_a_redirect_is_not_waited_for(
    session: ClientSession, shop: HttpSink, door: Door
) -> None:
    """Nor is what is left of it taken for the next answer."""
    part = b"HTTP/1.1 307 T\r\nLocation: /next\r\nContent-Length: 100\r\n\r\nHTTP/1.1 200 OK\r\n"
    shop.answer(Raw(part), Reply(200, b"the real one"))
    outcome = await door(session, shop.url(host=SHOP))
    got = outcome.head if isinstance(outcome, Answer) else getattr(outcome, "content", outcome)
    assert got == b"the real one"
    assert [request.target for request in shop.requests] == ["/", "/next"]
    assert shop.connections == 2


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(
    "location", ["/elsewhere", "https://other.example:{port}/", "//127.0.0.1/"]
)
async def test_the_merchants_clients_follow_none(
    other: HttpSink, status: int, location: str, tally: Tally
) -> None:
    async with HttpSink(tls=shown("127.0.0.1")) as api:
        api.answer(redirect(location.format(port=other.port), status))
        once, tls = Retries.none(), trusted()
        async with OrdersClient.open(api.url(""), SECRET, retries=once, tls=tls) as client:
            with pytest.raises(OrdersApiError) as refused:
                await client.get("C")
        with (
            SyncOrdersClient(api.url(""), SECRET, retries=once, tls=tls) as sync,
            pytest.raises(OrdersApiError) as also_refused,
        ):
            await asyncio.to_thread(sync.get, "C")
        assert (refused.value.status, also_refused.value.status) == (status, status)
        assert [request.target for request in api.requests] == ["/merchants/ecommerce/orders/C"] * 2
    assert other.connections == 0
    tally.add(PART, "of the Orders API", tried=2, refused=2)
