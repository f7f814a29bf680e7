"""Demo orders leave no trace, and their events arrive as any others do (contract §6)."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlsplit

import asyncpg
import pytest
from starlette.exceptions import HTTPException

from smartcart import outbox
from smartcart.contract import parse_event
from smartcart.kit import journal
from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database
from smartcart.marketplace import app
from smartcart.marketplace.actions.telling import WEBHOOKS
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.sandbox.demo import Demo, DemoOrders, codes
from smartcart.marketplace.sandbox.triggers import MOST_WAITING, Trigger, has_events, made, trigger
from smartcart.outbox import Claim, Delivered, Outcome
from tests.support.http_sink import HttpSink, Reply
from tests.support.market_server import ORDERS, Caller, running, serving, settings
from tests.support.market_shop import SUCCESS
from tests.support.marketplace import SHOP, a_merchant, add_merchant, emptied, eventually
from tests.support.proving import proves

SANDBOX = DemoOrders("https://market.example", "Skroutz Last Mile")
ROUNDS = 20


@pytest.fixture
async def database(market_url: str) -> AsyncIterator[Database]:
    async with emptied(market_url) as opened_database:
        yield opened_database


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    async with HttpSink() as listening:
        yield listening


async def dump(url: str) -> dict[str, list[str]]:
    """Every row of every table, as the engine itself gives them."""
    if url.startswith("sqlite"):
        with sqlite3.connect(urlsplit(url).path) as file:
            return {"sqlite": list(file.iterdump())}
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch(
            """select table_name from information_schema.tables
               where table_schema = 'public' and table_type = 'BASE TABLE'"""
        )
        return {
            table: sorted(str(row) for row in await connection.fetch(f'select * from "{table}"'))
            for (table,) in tables
        }
    finally:
        await connection.close()


def demo(code: str, merchant: Merchant | None = None) -> Demo:
    found = SANDBOX.find(code, merchant or a_merchant(), utc_now())
    assert found is not None
    return found


CODES = [code for code in codes() if has_events(demo(code))]


@proves("demo.persists-nothing")
async def test_whatever_is_called_however_often_nothing_is_kept(
    database: Database, market_url: str
) -> None:
    token = await add_merchant(database)
    chosen = {"pickup_location": SHOP.id, "pickup_window": 1}
    told = {"tracking_details": [{"courier": "acs", "tracking_code": "1"}]}
    async with (
        serving(app.web(settings(market_url), database)) as url,
        Caller(url, token) as caller,
    ):
        before = await dump(market_url)
        answers = set()
        for code in codes():
            path = f"{ORDERS}/{code}"
            for _ in range(ROUNDS):
                answers |= {
                    (await caller.get(path)).status,
                    (await caller.post(f"{path}/accept", chosen)).status,
                    (await caller.post(f"{path}/reject", {"rejection_reason_other": "x"})).status,
                    (await caller.post(f"{path}/set_as_ready")).status,
                    (await caller.post(f"{path}/set_as_not_ready")).status,
                    (await caller.post(f"{path}/tracking_details", told)).status,
                    (await caller.get(f"/sandbox/{code}/voucher.pdf", {})).status,
                }
        assert answers == {200, 422}
        after = await dump(market_url)
    assert len(before) > 0
    assert after == before


@proves(
    "trigger.creation",
    "trigger.voucher_update",
    "trigger.extension",
    "trigger.cancellation",
    "trigger.to-the-shops-url",
)
async def test_every_event_of_every_demo_order_arrives_as_it_was_made(
    database: Database, market_url: str, sink: HttpSink
) -> None:
    merchant = a_merchant(webhook_url=sink.url("/hook?shop=1"))
    token = await add_merchant(database, merchant)
    async with running(settings(market_url)) as url, Caller(url, token) as caller:
        for code in CODES:
            for kind in Trigger:
                answer = await caller.post(f"{ORDERS}/{code}/trigger_webhook_request/{kind}")
                assert answer.body == SUCCESS
        await eventually(lambda: _requested(sink, len(CODES) * len(Trigger)), 30)
    orders = DemoOrders(url, "Skroutz Last Mile")
    assert {request.target for request in sink.requests} == {"/hook?shop=1"}
    for code in CODES:
        events = [event for event in map(parse_event, sink.bodies) if event.order.code == code]
        for event, kind, last in zip(events, Trigger, [None, *events[:-1]], strict=True):
            created = event.order.created_at
            assert created is not None
            of_this_hour = orders.find(code, merchant, created)
            assert of_this_hour is not None
            assert last is None or event.event_time > last.event_time
            told_at = event.event_time - timedelta(seconds=1)
            assert event == made(of_this_hour, kind, told_at, event.event_time)


async def _requested(sink: HttpSink, count: int) -> bool:
    return len(sink.requests) >= count


async def test_one_that_fails_is_sent_four_times_and_recorded_as_a_demo_of_its_shop(
    database: Database, market_url: str, sink: HttpSink
) -> None:
    sink.answer(Reply(500))
    failing = a_merchant("failing", webhook_url=sink.url("/failing"))
    working = a_merchant("working", webhook_url=sink.url("/working"))
    sink.answer(Reply(200), path="/working")
    for merchant in (failing, working):
        await add_merchant(database, merchant)
    async with running(settings(market_url)):
        for merchant in (failing, working):
            await trigger(database, demo("DEMO-OPEN", merchant), Trigger.CREATION)
        await eventually(lambda: _requested(sink, 5))
        await eventually(lambda: _settled(database, "webhook/DEMO-OPEN/failing", 4))
    attempts = await outbox.attempts(database, "webhook/DEMO-OPEN/failing")
    assert [one.outcome for one in attempts] == ["failed"] * 3 + ["exhausted"]
    bodies = [request.body for request in sink.requests if request.path == "/failing"]
    assert len(bodies) == 4
    assert len(set(bodies)) == 1
    steps = [step.what for step in await journal.history(database, "DEMO-OPEN/failing")]
    assert steps == ["webhook_failed"] * 3 + ["webhook_exhausted"]
    [step] = await journal.history(database, "DEMO-OPEN/working")
    assert step.what == "webhook_delivered"
    assert await journal.history(database, "DEMO-OPEN") == []


async def _settled(database: Database, key: str, count: int) -> bool:
    return len(await outbox.attempts(database, key)) >= count


async def test_an_event_leaves_seconds_after_it_was_asked_for(
    database: Database, market_url: str, sink: HttpSink
) -> None:
    token = await add_merchant(database, a_merchant(webhook_url=sink.url("/hook")))
    async with running(settings(market_url)) as url, Caller(url, token) as caller:
        asked = asyncio.get_running_loop().time()
        await caller.post(f"{ORDERS}/DEMO-OPEN/trigger_webhook_request/creation")
        await eventually(lambda: _requested(sink, 1))
        assert 1.9 < asyncio.get_running_loop().time() - asked < 10


async def test_so_many_may_wait_and_no_more(database: Database, market_url: str) -> None:
    token = await add_merchant(database)
    other = await add_merchant(database, a_merchant("other"))
    path = f"{ORDERS}/DEMO-OPEN/trigger_webhook_request/extension"
    async with (
        serving(app.web(settings(market_url), database)) as url,
        Caller(url, token) as caller,
        Caller(url, other) as another,
    ):
        for _ in range(MOST_WAITING):
            assert (await caller.post(path)).body == SUCCESS
        refused = await caller.post(path)
        assert refused.refusal == (
            429, "too_many_requests", "Too many events of DEMO-OPEN wait already.",
        )  # fmt: skip
        assert refused.headers["retry-after"] == "10"
        assert (await another.post(path)).body == SUCCESS
        assert (await caller.post(path.replace("OPEN", "FEES"))).body == SUCCESS
    assert len(await outbox.entries(database, "webhook/DEMO-OPEN/kyma")) == MOST_WAITING


async def test_what_is_delivered_makes_room_but_at_most_one_a_second(database: Database) -> None:
    """A shop that answers at once cannot have its events dated ever further ahead."""
    await add_merchant(database)
    long_ago = utc_now() - timedelta(hours=1)
    order = SANDBOX.find("DEMO-OPEN", a_merchant(), long_ago)
    assert order is not None

    async def ask() -> int:
        try:
            await trigger(database, order, Trigger.CANCELLATION, lambda: long_ago)
        except HTTPException as refused:
            return refused.status_code
        return 200

    assert [await ask() for _ in range(MOST_WAITING + 1)] == [200] * MOST_WAITING + [429]
    await _delivered(database)
    assert [await ask() for _ in range(2)] == [200, 429]
    entries = await outbox.entries(database, "webhook/DEMO-OPEN/kyma")
    times = [parse_event(entry.payload.encode()).event_time for entry in entries]
    assert [time - times[0] for time in times] == [timedelta(seconds=n) for n in range(11)]


async def _delivered(database: Database) -> None:
    """All that waits is delivered, as by a sender whose shop answers at once."""

    async def done(_claim: Claim) -> Outcome:
        return Delivered()

    stop = asyncio.Event()
    limits = outbox.Limits(lease_seconds=60, poll_seconds=0.01)
    worker = outbox.Worker(database, WEBHOOKS, {"webhook": done}, limits)
    async with asyncio.TaskGroup() as group:
        group.create_task(worker.run(stop))
        await eventually(lambda: _settled(database, "webhook/DEMO-OPEN/kyma", MOST_WAITING))
        stop.set()


async def test_those_asked_for_at_once_are_told_one_after_another(database: Database) -> None:
    await add_merchant(database)
    order = demo("DEMO-ACCEPTED")
    await asyncio.gather(*(trigger(database, order, kind) for kind in Trigger))
    entries = await outbox.entries(database, "webhook/DEMO-ACCEPTED/kyma")
    times = [parse_event(entry.payload.encode()).event_time for entry in entries]
    assert len(times) == len(Trigger)
    assert times == sorted(set(times))
