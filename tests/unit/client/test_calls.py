"""Every call as a marketplace sees it, and its good end."""

import asyncio
import inspect
import logging
import sys

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from smartcart.client import OrdersClient, SyncOrdersClient
from smartcart.kit.egress import blocking
from tests.support.http_sink import Hang, HttpSink, Raw, Reply, Reset, json_reply
from tests.unit.client.calls import (
    ACCEPT,
    ACCEPTING,
    GET,
    IN_JSON,
    ORDER,
    SUCCESS,
    WITHOUT_BODY,
    Made,
    raised,
)
from tests.unit.client.flavours import TOKEN, Flavour

ALWAYS = {
    "authorization": f"Bearer {TOKEN}",
    "accept": "application/vnd.skroutz+json; version=3.0",
    "accept-encoding": "identity",
    "user-agent": "smartcart",
}


def headers(sink: HttpSink) -> dict[str, str]:
    [request] = sink.requests
    return {name: request.headers[name] for name in request.headers if name != "host"}


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
    assert request.body == b""
    assert headers(sink) == ALWAYS
    assert request.headers["host"] == f"127.0.0.1:{sink.port}"


@pytest.mark.parametrize("made", IN_JSON, ids=lambda made: made.name)
async def test_a_call_with_a_body(client: OrdersClient, sink: HttpSink, made: Made) -> None:
    sink.answer(SUCCESS)
    exchange = await made.call(client)
    [request] = sink.requests
    assert (request.method, request.target) == ("POST", f"/merchants/ecommerce/orders/C{made.path}")
    assert request.body == made.body
    length = str(len(made.body))
    assert headers(sink) == ALWAYS | {"content-type": "application/json", "content-length": length}
    assert getattr(exchange, "request_body", None) == made.body
    assert getattr(exchange, "response_body", None) == b'{"success":true}'


@pytest.mark.parametrize("made", WITHOUT_BODY, ids=lambda made: made.name)
async def test_a_call_without_a_body(client: OrdersClient, sink: HttpSink, made: Made) -> None:
    sink.answer(SUCCESS)
    await made.call(client)
    [request] = sink.requests
    assert (request.method, request.target) == ("POST", f"/merchants/ecommerce/orders/C{made.path}")
    assert request.body == b""
    assert headers(sink) == ALWAYS | {"content-length": "0"}


async def test_a_trigger_that_there_is_not(client: OrdersClient, sink: HttpSink) -> None:
    with pytest.raises(ValueError, match="'deletion' is not a valid WebhookTrigger"):
        await client.trigger_webhook_request("DEMO-OPEN", "deletion")  # type: ignore[arg-type]
    assert sink.connections == 0


@pytest.mark.parametrize("code", ["a/b", "../accept", "a%2Fb", "Ω 1?x=1#y", "a\r\nb", "%2e%2e"])
async def test_an_opaque_code_arrives_as_it_is(flavour: Flavour, code: str) -> None:
    """Through a framework's own parsing of paths, as a marketplace would see it."""
    seen: list[str] = []

    async def accept(request: web.Request) -> web.Response:
        seen.append(request.match_info["code"])
        return web.json_response({"success": True})

    app = web.Application()
    app.router.add_post("/shops/merchants/ecommerce/orders/{code}/accept", accept)
    async with (
        TestServer(app) as server,
        flavour.open(str(server.make_url("/shops/"))) as client,
    ):
        await client.accept(code, ACCEPT)
    assert seen == [code]


async def test_another_vendor(flavour: Flavour, sink: HttpSink) -> None:
    sink.answer(SUCCESS)
    async with flavour.open(sink.url(""), vendor="agora") as client:
        await client.set_as_ready("C")
    assert sink.requests[0].headers["accept"] == "application/vnd.agora+json; version=3.0"


async def test_connections_are_used_again(client: OrdersClient, sink: HttpSink) -> None:
    sink.answer(SUCCESS, json_reply(200, ORDER))
    await client.accept("C", ACCEPT)
    await client.get("C")
    await client.get("C")
    assert (len(sink.requests), sink.connections) == (3, 1)


async def test_a_connection_that_lay_idle_is_not_used_again(
    sink: HttpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Servers drop those, and a POST that meets the moment is a POST of which nobody knows."""
    monkeypatch.setattr(blocking, "KEEP_ALIVE", 0.1)
    sink.answer(SUCCESS)
    async with Flavour(sync=True).open(sink.url("")) as client:
        await client.accept("C", ACCEPT)
        await client.accept("C", ACCEPT)
        assert sink.connections == 1
        await asyncio.sleep(0.15)
        await client.accept("C", ACCEPT)
    assert sink.connections == 2


async def test_many_threads_share_one_client(sink: HttpSink) -> None:
    """Each gets its own order, over no more connections than there may be."""
    codes = [f"C-{n}" for n in range(40)]
    for code in codes:
        answer = f'{{"order":{{"code":"{code}","state":"open"}}}}'.encode()
        sink.answer(Reply(200, answer, delay=0.005), path=f"/merchants/ecommerce/orders/{code}")
    async with Flavour(sync=True).open(
        sink.url(""), connections=4, connect_timeout=5, timeout=5
    ) as client:
        fetched = await asyncio.gather(*(client.get(code) for code in codes))
    assert [each.order.code for each in fetched] == codes
    assert 1 < sink.connections <= 4


FORKING = """\
import os, sys
from smartcart.client import SyncOrdersClient
with SyncOrdersClient(sys.argv[1], "t") as client:
    client.get("C")
    if (child := os.fork()) == 0:
        client.get("C")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    client.get("C")
    sys.exit(status)
"""


async def test_a_fork_shares_no_connection(sink: HttpSink) -> None:
    sink.answer(json_reply(200, ORDER))
    program = await asyncio.create_subprocess_exec(sys.executable, "-c", FORKING, sink.url(""))
    assert await program.wait() == 0
    assert (len(sink.requests), sink.connections) == (3, 2)


async def test_threads_have_deadlines_of_their_own(sink: HttpSink) -> None:
    """One that hangs takes nothing from another's time."""
    sink.answer(Hang(), path="/merchants/ecommerce/orders/C")
    sink.answer(Reply(200, b'{"success":true}', delay=1.2))
    async with Flavour(sync=True).open(sink.url(""), timeout=2) as client:
        hanging = asyncio.create_task(raised(client, GET))
        await asyncio.sleep(1.2)
        await client.accept("C", ACCEPT)
        error = await hanging
    assert error.exchange.failure == "no whole answer in time"
    assert 1_950 < error.exchange.milliseconds < 5_000


async def test_proxies_of_the_environment_are_ignored(
    flavour: Flavour, sink: HttpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    sink.answer(SUCCESS)
    async with flavour.open(sink.url("")) as client:
        await client.accept("C", ACCEPT)


async def test_a_session_of_the_callers_own_will_do(sink: HttpSink) -> None:
    sink.answer(SUCCESS)
    async with ClientSession() as session:
        client = OrdersClient(session, sink.url(""), TOKEN, timeout=10)
        assert (await client.accept("C", ACCEPT)).status == 200
        assert not session.closed


async def test_a_closed_client(flavour: Flavour, sink: HttpSink) -> None:
    async with flavour.open(sink.url("")) as client:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        await client.get("C")
    assert sink.connections == 0


@pytest.mark.parametrize("base_url", ["api.example.com", "ftp://api.example.com"])
async def test_a_base_url_that_cannot_be(flavour: Flavour, base_url: str) -> None:
    with pytest.raises(ValueError, match=r"^base_url: "):
        async with flavour.open(base_url):
            pass


async def test_nothing_secret_is_logged(
    client: OrdersClient, sink: HttpSink, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sink.answer(SUCCESS, Reset(), Raw(b"nonsense"), Reply(500))
    await client.accept("C", ACCEPT)
    for _ in range(3):
        await raised(client, ACCEPTING)
    assert TOKEN not in caplog.text
    assert "pickup_location" not in caplog.text


def test_both_clients_are_called_alike() -> None:
    names = [name for name in dir(OrdersClient) if not name.startswith("_") and name != "open"]
    for name in names:
        calls = [
            inspect.signature(getattr(kind, name)) for kind in (OrdersClient, SyncOrdersClient)
        ]
        one, other = (
            [(p.name, p.kind, p.default) for p in call.parameters.values()] for call in calls
        )
        assert one == other, name
        assert calls[0].return_annotation == calls[1].return_annotation, name
        docs = [getattr(kind, name).__doc__ for kind in (OrdersClient, SyncOrdersClient)]
        assert docs[0] == docs[1], name
    assert sorted([*names, "close"]) == [n for n in dir(SyncOrdersClient) if not n.startswith("_")]
    settings = [
        [
            (p.name, p.kind, p.default, p.annotation)
            for p in inspect.signature(opened).parameters.values()
        ]
        for opened in (OrdersClient.open, SyncOrdersClient)
    ]
    assert settings[0] == settings[1]
