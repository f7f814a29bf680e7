"""The client against a real server that misbehaves in every way."""

import gzip
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from smartcart.client import (
    AcceptRequest,
    AnswerLost,
    Exchange,
    FetchedOrder,
    InvalidAnswer,
    NotFound,
    OrdersApiError,
    OrdersClient,
    RejectedLine,
    RejectRequest,
    ServerFailed,
    TooManyRequests,
    Unavailable,
    Unprocessable,
    open_session,
)
from smartcart.kit.egress import Document, fetch
from tests.support.authority import serving
from tests.support.http_sink import (
    Behaviour,
    Drip,
    Endless,
    Hang,
    HttpSink,
    Raw,
    Reply,
    Reset,
    json_reply,
    redirect,
)

TOKEN = "s3cr3t-t0ken"
ORDER = '{"order":{"code":"240101-1","state":"open","comments":"Καλημέρα"}}'.encode()
ACCEPT = AcceptRequest(pickup_location="l", pickup_window=3)
REJECT = RejectRequest(line_items=(RejectedLine(id="a", reason_id=1),))
SUCCESS = json_reply(200, b'{"success":true}')

Calling = Callable[[OrdersClient], Awaitable[FetchedOrder | Exchange]]
CALLS: list[Calling] = [
    lambda client: client.get("C"),
    lambda client: client.accept("C", ACCEPT),
    lambda client: client.reject("C", REJECT),
]
every_call = pytest.mark.parametrize("call", CALLS, ids=["get", "accept", "reject"])


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    async with HttpSink() as sink:
        yield sink


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with open_session(allow_private=True, connect_timeout=0.4) as session:
        yield session


@pytest.fixture
def client(session: ClientSession, sink: HttpSink) -> OrdersClient:
    return OrdersClient(session, sink.url(""), TOKEN, timeout=0.8)


async def test_get(client: OrdersClient, sink: HttpSink) -> None:
    sink.answer(json_reply(200, ORDER, {"X-Request-Id": "r-1"}))
    fetched = await client.get("240101-1")
    assert (fetched.order.code, fetched.order.comments) == ("240101-1", "Καλημέρα")
    assert fetched.raw == ORDER
    assert fetched.exchange.method == "GET"
    assert fetched.exchange.path == "/merchants/ecommerce/orders/240101-1"
    assert (fetched.exchange.status, fetched.exchange.request_id) == (200, "r-1")
    [request] = sink.requests
    assert (request.method, request.target) == ("GET", "/merchants/ecommerce/orders/240101-1")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["accept"] == "application/vnd.skroutz+json; version=3.0"
    assert request.body == b""


async def test_accept_and_reject(client: OrdersClient, sink: HttpSink) -> None:
    sink.answer(SUCCESS)
    accepted = await client.accept("240101-1", ACCEPT)
    rejected = await client.reject("240101-1", REJECT)
    assert [(request.method, request.target) for request in sink.requests] == [
        ("POST", "/merchants/ecommerce/orders/240101-1/accept"),
        ("POST", "/merchants/ecommerce/orders/240101-1/reject"),
    ]
    assert [request.headers["content-type"] for request in sink.requests] == [
        "application/json"
    ] * 2
    assert sink.bodies == [accepted.request_body, rejected.request_body]
    assert sink.bodies == [
        b'{"pickup_location":"l","pickup_window":3,"number_of_parcels":1}',
        b'{"line_items":[{"id":"a","reason_id":1}]}',
    ]
    assert accepted.response_body == b'{"success":true}'


@pytest.mark.parametrize("code", ["a/b", "../accept", "a%2Fb", "Ω 1?x=1#y", "a\r\nb", "%2e%2e"])
async def test_an_opaque_code_arrives_as_it_is(session: ClientSession, code: str) -> None:
    """Through a framework's own parsing of paths, as a marketplace would see it."""
    seen: list[str] = []

    async def accept(request: web.Request) -> web.Response:
        seen.append(request.match_info["code"])
        return web.json_response({"success": True})

    app = web.Application()
    app.router.add_post("/merchants/ecommerce/orders/{code}/accept", accept)
    async with TestServer(app) as server:
        await OrdersClient(session, str(server.make_url("/")), TOKEN).accept(code, ACCEPT)
    assert seen == [code]


async def raised(client: OrdersClient, call: Calling) -> OrdersApiError:
    with pytest.raises(OrdersApiError) as caught:
        await call(client)
    return caught.value


@every_call
async def test_a_refusal(client: OrdersClient, sink: HttpSink, call: Calling) -> None:
    body = b'{"errors":[{"code":"order_status","messages":["Order already accepted."]}]}'
    sink.answer(json_reply(422, body, {"X-Request-Id": "r-9"}))
    error = await raised(client, call)
    assert type(error) is Unprocessable
    assert (error.code, error.messages) == ("order_status", ("Order already accepted.",))
    assert (error.status, error.request_id) == (422, "r-9")
    assert error.exchange.response_body == body
    assert error.exchange.request_body == sink.requests[0].body


async def test_another_shops_order(client: OrdersClient, sink: HttpSink) -> None:
    sink.answer(
        json_reply(404, b'{"errors":[{"code":"order_error","messages":["Order not found"]}]}')
    )
    assert type(await raised(client, CALLS[0])) is NotFound


async def test_too_many_requests(client: OrdersClient, sink: HttpSink) -> None:
    sink.answer(Reply(429, b"slow down", {"Retry-After": "17"}))
    error = await raised(client, CALLS[1])
    assert (type(error), error.retry_after) == (TooManyRequests, 17)


BROKEN: list[tuple[Behaviour, type[OrdersApiError]]] = [
    (Reply(503, b"<html>", {"Retry-After": "5"}), Unavailable),
    (Reply(503, b"<html>Maintenance"), ServerFailed),
    (Reply(500, b"oops"), ServerFailed),
    (Reply(200, b"<html>Maintenance"), InvalidAnswer),
    (redirect("/elsewhere"), InvalidAnswer),
    (Raw(b"SSH-2.0-OpenSSH_9.6\r\n"), InvalidAnswer),
    (Reply(200, b"x" * 2_000_001), InvalidAnswer),
    (Endless(), InvalidAnswer),
    (
        Reply(200, gzip.compress(b'{"success":true}'), {"Content-Encoding": "gzip"}),
        InvalidAnswer,
    ),
    (Hang(), AnswerLost),
    (Drip(body=b'{"success":true}', interval=0.2), AnswerLost),
    (Drip(whole=True, interval=0.2), AnswerLost),
    (Reset(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), AnswerLost),
    (Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), AnswerLost),
]


@pytest.mark.parametrize(("behaviour", "kind"), BROKEN)
@every_call
async def test_a_broken_answer(
    client: OrdersClient,
    sink: HttpSink,
    call: Calling,
    behaviour: Behaviour,
    kind: type[OrdersApiError],
) -> None:
    sink.answer(behaviour)
    error = await raised(client, call)
    assert type(error) is kind, error
    assert len(sink.requests) == 1
    assert TOKEN not in f"{error!r} {error} {error.exchange!r}"
    assert error.__cause__ is None or TOKEN not in repr(error.__cause__)


@pytest.mark.parametrize("fault", [Reset(), Raw(b"")], ids=["reset", "closed"])
@pytest.mark.parametrize("call", CALLS[1:], ids=["accept", "reject"])
async def test_a_lost_answer_is_not_asked_for_again(
    client: OrdersClient, sink: HttpSink, call: Calling, fault: Behaviour
) -> None:
    sink.answer(fault)
    error = await raised(client, call)
    assert type(error) is AnswerLost
    assert error.exchange.failure == "the connection was closed before an answer came"
    assert len(sink.requests) == 1


async def test_a_lost_answer_on_a_connection_used_before(
    client: OrdersClient, sink: HttpSink
) -> None:
    sink.answer(SUCCESS, Raw(b""), SUCCESS)
    await client.accept("C", ACCEPT)
    assert type(await raised(client, CALLS[1])) is AnswerLost
    assert len(sink.requests) == 2


async def test_nobody_listens(session: ClientSession) -> None:
    async with HttpSink() as gone:
        client = OrdersClient(session, gone.url(""), TOKEN)
    error = await raised(client, CALLS[1])
    assert type(error) is Unavailable
    assert error.exchange.request_body.startswith(b'{"pickup_location"')


async def test_a_server_that_does_not_take_connections() -> None:
    """The connection is never made, because the handshake is never answered."""
    async with HttpSink() as sink, open_session(True, connect_timeout=0.3) as session:
        sink.answer(Hang())
        client = OrdersClient(session, sink.url("").replace("http:", "https:"), TOKEN, timeout=5)
        error = await raised(client, CALLS[1])
    assert type(error) is Unavailable
    assert sink.requests == []


async def test_an_unknown_certificate_gets_no_token(session: ClientSession) -> None:
    async with HttpSink(tls=serving("127.0.0.1")) as sink:
        error = await raised(OrdersClient(session, sink.url(""), TOKEN), CALLS[1])
        assert sink.requests == []
    assert type(error) is Unavailable


async def test_a_private_address_is_refused_unless_allowed(sink: HttpSink) -> None:
    async with open_session() as session:
        error = await raised(OrdersClient(session, sink.url(""), TOKEN), CALLS[1])
    assert type(error) is Unavailable
    assert "loopback" in str(error)
    assert sink.connections == 0


async def test_a_plain_session_of_the_callers_own_will_do(sink: HttpSink) -> None:
    sink.answer(SUCCESS, Raw(b""))
    async with ClientSession() as session:
        client = OrdersClient(session, sink.url(""), TOKEN, timeout=0.5)
        assert (await client.accept("C", ACCEPT)).status == 200
        assert type(await raised(client, CALLS[1])) is AnswerLost


async def test_the_token_goes_to_no_other_host(
    client: OrdersClient, session: ClientSession, sink: HttpSink
) -> None:
    async with HttpSink() as other:
        other.answer(Reply(200, b"%PDF", {"Content-Type": "application/pdf"}))
        sink.answer(redirect(other.url("/stolen")))
        for call in CALLS:
            assert type(await raised(client, call)) is InvalidAnswer
        assert other.requests == []
        sink.answer(SUCCESS)
        await client.accept("C", ACCEPT)
        document = await fetch(session, other.url("/voucher"), max_bytes=100, accept_types=())
        assert isinstance(document, Document)
        [request] = other.requests
    assert "authorization" not in request.headers
    assert TOKEN not in repr(request)


async def test_nothing_secret_is_logged(
    client: OrdersClient, sink: HttpSink, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sink.answer(SUCCESS, Reset(), Raw(b"nonsense"), Reply(500))
    await client.accept("C", ACCEPT)
    for _ in range(3):
        await raised(client, CALLS[1])
    assert TOKEN not in caplog.text
    assert "pickup_location" not in caplog.text
