"""Both clients against a real server that misbehaves in every way."""

import asyncio
import gzip
import pickle
import socket
import time
from contextlib import suppress

import pytest

from smartcart.client import (
    AnswerLost,
    BadRequest,
    InvalidAnswer,
    NotFound,
    NotSupported,
    OrdersApiError,
    OrdersClient,
    Refused,
    ServerFailed,
    TooLarge,
    ToolOff,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    Unprocessable,
    open_session,
)
from tests.support.authority import serving, trusting
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
from tests.support.ports import free_port
from tests.unit.client.calls import (
    ACCEPT,
    ACCEPTING,
    SUCCESS,
    Made,
    each_kind,
    every_call,
    every_post,
    raised,
)
from tests.unit.client.flavours import TOKEN, Flavour

NGINX = b"<html><head><title>Sorry</title></head></html>"


def has_ipv6(address: str) -> bool:
    with suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind((address, 0))
        return True
    return False


def reasons(code: str, message: str) -> bytes:
    return f'{{"errors":[{{"code":"{code}","messages":["{message}"]}}]}}'.encode()


@every_call
async def test_a_refusal(client: OrdersClient, sink: HttpSink, made: Made) -> None:
    body = reasons("order_status", "Order already accepted.")
    sink.answer(json_reply(422, body, {"X-Request-Id": "r-9"}))
    error = await raised(client, made)
    assert type(error) is Unprocessable
    assert (error.code, error.messages) == ("order_status", ("Order already accepted.",))
    assert (error.status, error.request_id) == (422, "r-9")
    assert error.exchange.response_body == body
    assert error.exchange.request_body == made.body
    assert (error.exchange.method, error.exchange.path) == (
        made.method,
        f"/merchants/ecommerce/orders/C{made.path}",
    )


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "invoice_file", BadRequest),
        (401, "Unauthorized", Unauthorized),
        (403, "EcommerceMerchantUnauthorized", ToolOff),
        (404, "order_error", NotFound),
        (405, "", NotSupported),
        (406, "Accept", NotSupported),
        (413, "", TooLarge),
        (415, "", NotSupported),
        (418, "", Refused),
        (429, "", TooManyRequests),
    ],
)
async def test_other_refusals(
    client: OrdersClient, sink: HttpSink, status: int, code: str, kind: type[Refused]
) -> None:
    sink.answer(json_reply(status, reasons(code, "so") if code else NGINX))
    error = await raised(client, ACCEPTING)
    assert (type(error), error.status, error.code) == (kind, status, code)
    assert error.messages == (("so",) if code else ())


async def test_too_many_requests(client: OrdersClient, sink: HttpSink) -> None:
    sink.answer(Reply(429, b"slow down", {"Retry-After": "17"}))
    error = await raised(client, ACCEPTING)
    assert (type(error), error.retry_after) == (TooManyRequests, 17)


async def test_errors_survive_pickling(client: OrdersClient, sink: HttpSink) -> None:
    """As those raised in a task queue's worker must."""
    sink.answer(json_reply(422, reasons("order_status", "Order is express")), Reset())
    for _ in range(2):
        error = await raised(client, ACCEPTING)
        copy = pickle.loads(pickle.dumps(error))
        assert type(copy) is type(error)
        assert (str(copy), copy.exchange, copy.code) == (str(error), error.exchange, error.code)


BROKEN: dict[str, tuple[Behaviour, type[OrdersApiError]]] = {
    "503 that asks to wait": (Reply(503, b"<html>", {"Retry-After": "5"}), Unavailable),
    "503 of the API": (json_reply(503, reasons("busy", "later")), Unavailable),
    "maintenance page": (Reply(503, NGINX), ServerFailed),
    "500": (Reply(500, b"oops"), ServerFailed),
    "gateway": (Reply(502, NGINX), ServerFailed),
    "maintenance page as a 200": (Reply(200, NGINX), InvalidAnswer),
    "redirect": (redirect("/elsewhere"), InvalidAnswer),
    "another protocol": (Raw(b"SSH-2.0-OpenSSH_9.6\r\n"), InvalidAnswer),
    "too large": (Reply(200, b"x" * 2_000_001), InvalidAnswer),
    "endless": (Endless(), InvalidAnswer),
    "packed": (
        Reply(200, gzip.compress(b'{"success":true}'), {"Content-Encoding": "gzip"}),
        InvalidAnswer,
    ),
    "reset within": (Reset(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), AnswerLost),
    "closed within": (Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), AnswerLost),
    "chunks cut": (
        Raw(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"suc\r\n'),
        AnswerLost,
    ),
}


@pytest.mark.parametrize(("behaviour", "kind"), BROKEN.values(), ids=BROKEN)
@each_kind
async def test_a_broken_answer(
    client: OrdersClient,
    sink: HttpSink,
    made: Made,
    behaviour: Behaviour,
    kind: type[OrdersApiError],
) -> None:
    sink.answer(behaviour)
    began = time.monotonic()
    error = await raised(client, made)
    assert type(error) is kind, error
    assert time.monotonic() - began < 3
    assert len(sink.requests) == 1
    assert TOKEN not in f"{error!r} {error} {error.exchange!r}"
    assert error.__cause__ is None or TOKEN not in repr(error.__cause__)


UNENDED: dict[str, Behaviour] = {
    "silence": Hang(),
    "body drips": Drip(body=b'{"success":true}', interval=0.2),
    "all drips": Drip(whole=True, interval=0.2),
}


@pytest.mark.parametrize("behaviour", UNENDED.values(), ids=UNENDED)
@each_kind
async def test_an_answer_that_does_not_end_in_time(
    flavour: Flavour, sink: HttpSink, made: Made, behaviour: Behaviour
) -> None:
    sink.answer(behaviour)
    async with flavour.open(sink.url(""), timeout=0.8, upload_timeout=0.8) as client:
        began = time.monotonic()
        error = await raised(client, made)
        assert time.monotonic() - began < 3
    assert (type(error), len(sink.requests)) == (AnswerLost, 1)
    assert TOKEN not in f"{error!r} {error} {error.exchange!r} {error.__cause__!r}"


@pytest.mark.parametrize("fault", [Reset(), Raw(b"")], ids=["reset", "closed"])
@every_post
async def test_a_lost_answer_is_not_asked_for_again(
    client: OrdersClient, sink: HttpSink, made: Made, fault: Behaviour
) -> None:
    sink.answer(fault)
    error = await raised(client, made)
    assert type(error) is AnswerLost
    assert error.exchange.failure == "the connection was closed before an answer came"
    assert len(sink.requests) == 1


async def test_a_lost_answer_on_a_connection_used_before(
    client: OrdersClient, sink: HttpSink
) -> None:
    sink.answer(SUCCESS, Raw(b""), SUCCESS)
    await client.accept("C", ACCEPT)
    assert type(await raised(client, ACCEPTING)) is AnswerLost
    assert len(sink.requests) == 2
    await client.accept("C", ACCEPT)


async def test_a_connection_that_was_dropped_while_idle_is_not_used(
    client: OrdersClient, sink: HttpSink
) -> None:
    answered = b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n" + b'{"success":true}'
    sink.answer(Raw(answered))
    for _ in range(3):
        await client.accept("C", ACCEPT)
        await asyncio.sleep(0.05)
    assert (len(sink.requests), sink.connections) == (3, 3)


async def test_what_is_left_of_an_answer_is_not_the_next_one(
    client: OrdersClient, sink: HttpSink
) -> None:
    sink.answer(Reply(200, b"x" * 2_000_001), SUCCESS)
    assert type(await raised(client, ACCEPTING)) is InvalidAnswer
    await client.accept("C", ACCEPT)


@each_kind
async def test_nobody_listens(flavour: Flavour, made: Made) -> None:
    async with flavour.open(f"http://127.0.0.1:{free_port()}") as client:
        error = await raised(client, made)
    assert type(error) is Unavailable
    assert error.exchange.failure == "no connection: Connection refused"
    assert error.exchange.request_body == made.body


async def test_a_name_that_does_not_resolve(flavour: Flavour) -> None:
    async with flavour.open("http://nowhere.invalid", connect_timeout=5, timeout=5) as client:
        error = await raised(client, ACCEPTING)
    assert type(error) is Unavailable
    assert error.exchange.failure == "the name nowhere.invalid does not resolve"


async def test_a_resolver_that_takes_its_time(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*args: object, **options: object) -> list[object]:
        time.sleep(3)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    began = time.monotonic()
    async with flavour.open("http://api.example.com", connect_timeout=0.2) as client:
        error = await raised(client, ACCEPTING)
        assert time.monotonic() - began < 2.5
    assert (type(error), error.exchange.failure) == (Unavailable, "no connection in time")


async def test_a_handshake_that_is_never_answered(flavour: Flavour) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"https://127.0.0.1:{server.getsockname()[1]}"
        async with flavour.open(url, connect_timeout=0.4) as client:
            error = await raised(client, ACCEPTING)
    assert (type(error), error.exchange.failure) == (Unavailable, "no connection in time")


async def test_a_server_without_tls_gets_no_token(flavour: Flavour, sink: HttpSink) -> None:
    async with flavour.open(sink.url("").replace("http:", "https:"), timeout=5) as client:
        assert type(await raised(client, ACCEPTING)) is Unavailable
    assert (sink.connections, sink.requests) == (1, [])


@pytest.mark.parametrize("secure", [False, True])
async def test_all_connections_are_taken(flavour: Flavour, secure: bool) -> None:
    server, client = (serving("127.0.0.1"), trusting()) if secure else (None, None)
    async with HttpSink(tls=server) as sink:
        sink.answer(Hang())
        async with flavour.open(
            sink.url(""), timeout=3, connect_timeout=1, connections=1, tls=client
        ) as opened:
            errors = await asyncio.gather(*(raised(opened, ACCEPTING) for _ in range(2)))
        assert len(sink.requests) == 1
    assert sorted(type(error).__name__ for error in errors) == ["AnswerLost", "Unavailable"]
    assert {error.exchange.failure for error in errors} == {
        "no whole answer in time",
        "no connection in time",
    }


async def test_an_address_of_version_6(flavour: Flavour) -> None:
    if not has_ipv6("::1"):
        pytest.skip("this machine has no IPv6")
    async with HttpSink(host="::1") as sink:
        sink.answer(SUCCESS)
        async with flavour.open(sink.url("", host="[::1]")) as client:
            await client.accept("C", ACCEPT)
        assert sink.requests[0].headers["host"] == f"[::1]:{sink.port}"


async def test_a_trusted_certificate(flavour: Flavour) -> None:
    async with (
        HttpSink(tls=serving("127.0.0.1")) as sink,
        flavour.open(sink.url(""), tls=trusting(), connect_timeout=5, timeout=5) as client,
    ):
        sink.answer(SUCCESS)
        await client.accept("C", ACCEPT)
        await client.upload_invoice("C", b"%PDF" * 200_000)
        assert sink.connections == 1


async def test_a_crawl_inside_tls(flavour: Flavour) -> None:
    async with (
        HttpSink(tls=serving("127.0.0.1")) as sink,
        flavour.open(sink.url(""), tls=trusting(), timeout=0.8) as client,
    ):
        sink.answer(Drip(whole=True, interval=0.2))
        began = time.monotonic()
        assert type(await raised(client, ACCEPTING)) is AnswerLost
        assert time.monotonic() - began < 3


@pytest.mark.parametrize("name", ["127.0.0.1", "elsewhere.example"])
async def test_a_certificate_that_will_not_do_gets_no_token(flavour: Flavour, name: str) -> None:
    """Of an unknown authority, or of a known one for another name."""
    tls = trusting() if name != "127.0.0.1" else None
    async with (
        HttpSink(tls=serving(name)) as sink,
        flavour.open(sink.url(""), tls=tls, connect_timeout=5, timeout=5) as client,
    ):
        error = await raised(client, ACCEPTING)
        assert sink.requests == []
    assert type(error) is Unavailable
    assert str(error).startswith("no trusted TLS connection: ")


async def test_a_private_address_is_refused_by_a_session_that_minds(sink: HttpSink) -> None:
    async with open_session() as session:
        error = await raised(OrdersClient(session, sink.url(""), TOKEN), ACCEPTING)
    assert type(error) is Unavailable
    assert "loopback" in str(error)
    assert sink.connections == 0


@each_kind
async def test_the_token_goes_to_no_other_host(
    client: OrdersClient, sink: HttpSink, made: Made
) -> None:
    async with HttpSink() as other:
        for status in (301, 302, 303, 307, 308):
            sink.answer(redirect(other.url("/stolen"), status))
            error = await raised(client, made)
            assert (type(error), error.status) == (InvalidAnswer, status)
        assert other.connections == 0
