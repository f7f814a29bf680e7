"""A merchant's endpoint that fails: nobody else notices, the operator does, and it recovers."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import datetime

import msgspec
import pytest

from smartcart import outbox
from smartcart.kit import journal
from smartcart.kit.clock import from_micros, utc_now
from smartcart.kit.database import Database
from tests.support.http_sink import Drip, Hang, HttpSink, Reply, Reset
from tests.support.market_server import PANEL_KEY, Caller, running, settings
from tests.support.marketplace import a_merchant, add_merchant, emptied, eventually, place
from tests.support.ports import free_port


@pytest.fixture
async def database(market_url: str) -> AsyncIterator[Database]:
    async with emptied(market_url) as opened_database:
        yield opened_database


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    async with HttpSink() as listening:
        yield listening


class Health(msgspec.Struct):
    failing_since: datetime | None
    last_success: datetime | None


class Merchant(msgspec.Struct):
    id: str
    endpoint: Health


class Merchants(msgspec.Struct):
    merchants: list[Merchant]


async def health(operator: Caller) -> dict[str, Health]:
    answer = await operator.get("/panel/merchants")
    found = msgspec.json.decode(answer.body, type=Merchants).merchants
    return {one.id: one.endpoint for one in found}


async def requests(database: Database, code: str) -> list[str]:
    return [one.outcome for one in await outbox.attempts(database, f"webhook/{code}")]


async def test_an_endpoint_that_fails_is_told_of_each_event_gets_its_requests_and_it_recovers(
    market_url: str, database: Database, sink: HttpSink
) -> None:
    started = utc_now()
    for merchant in ("good", "bad", "new"):
        await add_merchant(database, a_merchant(merchant, webhook_url=sink.url(f"/{merchant}")))
    port = free_port()
    chosen = settings(market_url, watch_port=port)
    async with running(chosen) as url, Caller(url, PANEL_KEY) as operator:
        for merchant in ("good", "bad"):
            order = await place(database, merchant=merchant)
            await eventually(lambda code=order.code: requests(database, code))  # type: ignore[misc]
        sink.answer(Reply(500), path="/bad")
        failing = [await place(database, merchant="bad") for _ in range(12)]

        async def given_up() -> bool:
            ended = [await requests(database, order.code) for order in failing]
            return all(one[-1:] == ["exhausted"] for one in ended)

        await eventually(given_up)
        for order in failing:
            assert await requests(database, order.code) == ["failed"] * 3 + ["exhausted"]
        found = await health(operator)
        assert (found["good"].failing_since, found["new"]) == (None, Health(None, None))
        since, success = found["bad"].failing_since, found["bad"].last_success
        assert since is not None
        assert success is not None
        assert started < success < since < utc_now()
        async with Caller(f"http://127.0.0.1:{port}", "") as prometheus:
            figures = (await prometheus.get("/metrics")).body.decode()
        assert 'smartcart_outbox_failing_lanes{queue="webhook"} 1.0' in figures.splitlines()

        sink.answer(Reply(200), path="/bad")
        order = await place(database, merchant="bad")
        await eventually(lambda: requests(database, order.code))

        async def recovered() -> bool:
            return (await health(operator))["bad"].failing_since is None

        await eventually(recovered)
        again = (await health(operator))["bad"].last_success
        assert again is not None
        assert since < again
    told = [step for step in await journal.latest(database, 500) if step.key == ""]
    assert [step.what for step in told] == ["endpoint_failing", "endpoint_recovered"]
    facts = [msgspec.json.decode(step.facts) for step in told]
    assert facts == [
        {"merchant": "bad", "since": since.isoformat()},
        {"merchant": "bad"},
    ]
    assert from_micros(told[0].at) < from_micros(told[1].at)


async def test_endpoints_that_hang_drip_and_reset_delay_nobody_else(
    market_url: str, database: Database, sink: HttpSink
) -> None:
    """Events enough to fill every slot three times over, from ten endpoints that answer badly."""
    hostile = {
        f"bad{n}": (Hang(), Drip(200, whole=True), Reset(), Reply(500))[n % 4] for n in range(10)
    }
    good = [f"good{n}" for n in range(10)]
    for merchant in (*hostile, *good):
        await add_merchant(database, a_merchant(merchant, webhook_url=sink.url(f"/{merchant}")))
        sink.answer(hostile.get(merchant, Reply(200)), path=f"/{merchant}")
    chosen = settings(
        market_url,
        webhook_slots=64,
        webhook_slots_per_merchant=4,
        webhook_timeout_seconds=2.0,
        webhook_within_seconds=60.0,
        webhook_retry_seconds=(0.5, 1.0, 2.0),
    )
    for merchant in hostile:
        await asyncio.gather(*(place(database, merchant=merchant) for _ in range(20)))
    async with running(chosen):
        await eventually(lambda: _asked(sink, hostile))
        placed = [await place(database, merchant=merchant) for merchant in good * 5]

        async def all_told() -> bool:
            return all([await requests(database, order.code) for order in placed])

        await eventually(all_told)
    waits = []
    for order in placed:
        [attempt] = await outbox.attempts(database, f"webhook/{order.code}")
        assert attempt.outcome == "delivered"
        waits.append((from_micros(attempt.settled_at) - order.created_at).total_seconds())
    # A single one that had waited for an endpoint that hangs would have waited two seconds.
    assert max(waits) < 1.5
    asked = Counter(request.path for request in sink.requests)
    assert all(asked[f"/{merchant}"] >= 4 for merchant in hostile)


async def _asked(sink: HttpSink, merchants: Mapping[str, object]) -> bool:
    return len({request.path for request in sink.requests}) == len(merchants)
