"""The figures of programs that run: what they say of what really happened, and what they hide."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from smartcart.contract import encode
from smartcart.kit.database import Database
from smartcart.kit.loop import run_until_stopped
from smartcart.marketplace import app
from smartcart.outbox import storage
from tests.support.http_sink import HttpSink, Reply
from tests.support.market_server import ORDERS, Caller, running, settings
from tests.support.marketplace import (
    CUSTOMER,
    a_merchant,
    acceptance_of,
    add_merchant,
    emptied,
    eventually,
    place,
)
from tests.support.ports import free_port

Figures = dict[tuple[str, ...], float]


@pytest.fixture
async def database(market_url: str) -> AsyncIterator[Database]:
    async with emptied(market_url) as opened_database:
        yield opened_database


async def read(port: int, path: str = "/metrics") -> str:
    async with (
        ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        assert answer.status == 200
        return await answer.text()


def figures(text: str) -> Figures:
    """Values by name and label values, as Prometheus itself reads them."""
    return {
        (sample.name, *(sample.labels[label] for label in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_what_happened_is_what_the_figures_say(market_url: str, database: Database) -> None:
    port = free_port()
    async with HttpSink() as sink:
        sink.answer(Reply(503), Reply(200))
        shop = a_merchant(webhook_url=sink.url("/a-secret-path"))
        token = await add_merchant(database, shop)
        async with (
            running(settings(market_url, watch_port=port)) as url,
            Caller(url, token) as caller,
        ):
            order = await place(database)
            await eventually(lambda: _received(sink, 2))
            body = encode(acceptance_of(order))
            statuses = [
                (await caller.post(f"{ORDERS}/{order.code}/accept", body)).status for _ in range(2)
            ]
            statuses.append((await caller.get("/wp-login.php")).status)
            assert statuses == [200, 422, 404]
            await eventually(lambda: _received(sink, 4))
            text = await eventually(lambda: _settled(port))
            found = figures(text)
    assert found["smartcart_outbox_attempts_total", "5xx", "failed", "webhook"] == 1
    assert found["smartcart_outbox_attempts_total", "none", "delivered", "webhook"] == 3
    assert found["smartcart_outbox_attempts_total", "none", "delivered", "work"] == 1
    assert found["smartcart_outbox_delivery_seconds_count", "webhook"] == 3
    assert 0.1 < found["smartcart_outbox_delivery_seconds_sum", "webhook"] < 15
    assert found["smartcart_outbox_leases_expired_total", "webhook"] == 0
    assert found["smartcart_http_request_seconds_count", "accept_order", "200"] == 1
    assert found["smartcart_http_request_seconds_count", "accept_order", "422"] == 1
    assert found["smartcart_http_request_seconds_count", "none", "404"] == 1
    assert found["smartcart_outbox_up",] == 1
    assert found["smartcart_outbox_entries", "webhook"] == 0
    assert found["smartcart_outbox_oldest_due_seconds", "webhook"] == 0
    assert found["smartcart_outbox_lanes", "-1", "webhook"] == 0
    assert found["smartcart_outbox_failing_lanes", "webhook"] == 0
    assert found["smartcart_database_queued",] == 0
    assert found["smartcart_database_write_sets_total", "written"] >= 8
    assert found["smartcart_database_group_size_count",] >= 4
    assert found["smartcart_loop_lag_seconds_count",] >= 1
    for hidden in (token, order.code, shop.id, "a-secret-path", CUSTOMER.first_name, "wp-login"):
        assert hidden not in text


async def test_merchants_do_not_multiply_the_figures(market_url: str, database: Database) -> None:
    port = free_port()
    async with running(settings(market_url, watch_port=port)):
        few = len(figures(await read(port)))
        for number in range(30):
            await add_merchant(
                database, a_merchant(f"shop-{number}", webhook_url="http://127.0.0.1:9/nobody")
            )
            await place(database, merchant=f"shop-{number}")
        await eventually(lambda: _attempted(port, 30))
        many = figures(await read(port))
    assert not [key for key in many if any(re.search("shop-", part) for part in key)]
    assert len(many) < few + 30


async def test_the_port_of_the_figures_tells_of_health_too(market_url: str) -> None:
    port = free_port()
    async with running(settings(market_url, watch_port=port)):
        await eventually(lambda: _attempted(port, 0))
        assert await read(port, "/healthz") == '{"healthy":true}'
        assert await read(port, "/readyz") == '{"ready":true}'


async def test_figures_are_nowhere_else(market_url: str, database: Database) -> None:
    token = await add_merchant(database)
    async with running(settings(market_url)) as url, Caller(url, token) as caller:
        assert (await caller.get("/metrics")).status == 404


async def _received(sink: HttpSink, count: int) -> bool:
    return len(sink.requests) >= count


async def _settled(port: int) -> str:
    """The figures once nothing waits, every lane is well, and the event loop was looked at."""
    text = await read(port)
    found = figures(text)
    waits = found["smartcart_outbox_entries", "webhook"] + found["smartcart_outbox_entries", "work"]
    waits += found["smartcart_outbox_failing_lanes", "webhook"]  # told in a commit of its own
    return "" if waits or not found["smartcart_loop_lag_seconds_count",] else text


async def _attempted(port: int, count: int) -> bool:
    found = figures(await read(port))
    return sum(found[key] for key in found if key[0] == "smartcart_outbox_attempts_total") >= count


async def test_a_lease_that_expired_is_counted(market_url: str, database: Database) -> None:
    port = free_port()
    async with HttpSink() as sink:
        await add_merchant(database, a_merchant(webhook_url=sink.url("/hook")))
        await asyncio.gather(place(database), place(database))
        now = await database.now()
        [dead, _] = await storage.heads(database, "webhook", {"kyma": 2}, now)
        await database.commit(storage.claim(dead, "of a worker that died", now, now))
        async with running(settings(market_url, watch_port=port)):
            await eventually(lambda: _received(sink, 2))
            found = figures(await read(port))
    assert found["smartcart_outbox_leases_expired_total", "webhook"] == 1


async def test_a_sender_alone_is_watched_on_its_port(postgres_url: str) -> None:
    chosen = settings(postgres_url, watch_port=free_port())
    stop = asyncio.Event()
    async with app.assembled(chosen, (app.Part.SENDER,)) as roles:
        running_roles = asyncio.create_task(run_until_stopped(roles, stop=stop))
        assert chosen.watch_port is not None
        assert await read(chosen.watch_port, "/healthz") == '{"healthy":true}'
        assert await read(chosen.watch_port, "/readyz") == '{"ready":true}'
        assert figures(await read(chosen.watch_port))["smartcart_outbox_up",] == 1
        stop.set()
        await running_roles
