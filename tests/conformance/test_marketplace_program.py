"""The marketplace as it is composed, all its roles at work, and its clock."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from smartcart.contract import encode, parse_event, parse_order
from smartcart.kit import journal
from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database
from smartcart.marketplace.actions import answering, operating
from smartcart.marketplace.domain.placement import Terms
from smartcart.marketplace.domain.refusal import Refused
from smartcart.marketplace.storage import orders
from smartcart.marketplace.timer import Timer
from tests.support.http_sink import HttpSink, Reply
from tests.support.market_server import ORDERS, PANEL_KEY, Caller, running, settings
from tests.support.marketplace import (
    CUSTOMER,
    TERMS,
    a_merchant,
    acceptance_of,
    add_merchant,
    emptied,
    events,
    eventually,
    opened,
    place,
    stored,
)
from tests.support.proving import proves

SHORT = Terms(answer_within=timedelta(milliseconds=1))


@pytest.fixture
async def database(market_url: str) -> AsyncIterator[Database]:
    async with emptied(market_url) as opened_database:
        yield opened_database


@proves("flow.accept")
async def test_the_whole_program_from_cart_to_voucher(market_url: str, database: Database) -> None:
    async with HttpSink() as sink:
        token = await add_merchant(database, a_merchant(webhook_url=sink.url("/hook")))
        async with running(settings(market_url)) as url, Caller(url, token) as shop:
            assert (await shop.get("/healthz", {})).json == {"healthy": True}
            order = await place(database)
            await eventually(lambda: _received(sink, 1))
            accepting = encode(acceptance_of(order))
            answer = await shop.post(f"{ORDERS}/{order.code}/accept", accepting)
            assert answer.status == 200
            await eventually(lambda: _received(sink, 3))
            told = [parse_event(body) for body in sink.bodies]
            assert [event.event_type for event in told] == [
                "new_order", "order_updated", "order_updated",
            ]  # fmt: skip
            voucher_url = told[-1].order.courier_voucher
            assert voucher_url is not None
            assert voucher_url.startswith(url)
            voucher = await shop.get(voucher_url.removeprefix(url), {})
            assert voucher.body.startswith(b"%PDF")
            last = parse_order((await shop.get(f"{ORDERS}/{order.code}")).body)
            assert last.courier_voucher == voucher_url
            assert last == msgspec.structs.replace(told[-1].order, is_ready_for_dispatch=True)


@proves("flow.reject")
async def test_the_whole_program_reprocesses_and_expires(
    market_url: str, database: Database
) -> None:
    async with HttpSink() as sink:
        token = await add_merchant(database, a_merchant(webhook_url=sink.url("/hook")))
        async with running(settings(market_url)) as url, Caller(url, token) as shop:
            forgotten = await place(database, terms=Terms(answer_within=timedelta(seconds=0.1)))
            order = await place(database)
            line = {"id": order.lines[0].id, "reason_id": 4, "available_quantity": 1}
            answer = await shop.post(f"{ORDERS}/{order.code}/reject", {"line_items": [line]})
            assert answer.status == 200
            await eventually(lambda: _received(sink, 5))
            again = parse_order((await shop.get(f"{ORDERS}/{order.code}-1")).body)
            assert [item.quantity for item in again.line_items] == [1]
            states = {parse_event(body).order.code: "" for body in sink.bodies}
            for body in sink.bodies:
                told = parse_event(body).order
                states[told.code] = f"{states[told.code]} {told.state}".strip()
            assert states == {
                forgotten.code: "open expired",
                order.code: "open rejected",
                f"{order.code}-1": "open",
            }


async def _received(sink: HttpSink, count: int) -> bool:
    return len(sink.requests) >= count


async def test_what_was_not_sent_when_it_stopped_is_sent_when_it_runs_again(
    market_url: str, database: Database
) -> None:
    async with HttpSink() as sink:
        sink.answer(Reply(503))
        await add_merchant(database, a_merchant(webhook_url=sink.url("/hook")))
        patient = settings(
            market_url, webhook_retry_seconds=(0.4, 0.8, 30), webhook_within_seconds=60
        )
        async with running(patient):
            await place(database)
            await eventually(lambda: _received(sink, 1))
        before = len(sink.requests)
        sink.answer(Reply(200))
        async with running(patient):
            await eventually(lambda: _received(sink, before + 1))
            await asyncio.sleep(0.2)
    assert len(sink.requests) == before + 1
    assert len(set(sink.bodies)) == 1


@proves("business.spans")
async def test_the_panel_places_by_the_programs_own_terms(
    market_url: str, database: Database
) -> None:
    await add_merchant(database)
    hurried = settings(market_url, answer_hours=2.0, courier="ACS", dispatch_working_days=1)
    async with running(hurried) as url, Caller(url, PANEL_KEY) as operator:
        body = {
            "lines": [{"merchant_id": "kyma", "shop_uid": "KF-1042"}],
            "customer": msgspec.to_builtins(CUSTOMER),
        }
        assert (await operator.post("/panel/carts", body)).status == 201
    [order] = await orders.page(database, state="", limit=2, before=2**62)
    assert order.expires_at - order.created_at == timedelta(hours=2)
    assert order.courier == "ACS"
    assert order.dispatch_until is not None
    assert order.dispatch_until < TERMS.dispatch_until(utc_now())


@proves("moment.expired")
async def test_an_order_nobody_answered_expires_and_is_told_so(database: Database) -> None:
    await add_merchant(database)
    overdue = [await place(database, terms=SHORT) for _ in range(3)]
    waiting = await place(database)
    await asyncio.sleep(0.01)
    assert await Timer(database).expire_due() == 3
    for order in overdue:
        assert (await stored(database, order.code)).state == "expired"
        told = await events(database, order.code)
        assert [event.order.state for event in told] == ["open", "expired"]
        steps = [step.what for step in await journal.history(database, order.code)]
        assert steps == ["placed", "expired"]
    assert (await stored(database, waiting.code)).state == "open"
    assert await Timer(database).expire_due() == 0


async def test_two_timers_expire_an_order_once(database: Database) -> None:
    await add_merchant(database)
    overdue = [await place(database, terms=SHORT) for _ in range(10)]
    await asyncio.sleep(0.01)
    await asyncio.gather(*(Timer(database).expire_due() for _ in range(3)))
    for order in overdue:
        told = await events(database, order.code)
        assert [event.order.state for event in told] == ["open", "expired"]


class AnHourAhead:
    """A database on another machine, whose clock goes before ours."""

    def __init__(self, database: Database) -> None:
        self.read, self.commit = database.read, database.commit
        self.wake_up, self.close = database.wake_up, database.close
        self._now = database.now

    async def now(self) -> int:
        return await self._now() + 3_600_000_000


async def test_the_databases_clock_says_what_is_overdue(database: Database) -> None:
    """Else an order that is due by one clock and not by the other is tried again for ever."""
    await add_merchant(database)
    order = await place(database, terms=Terms(answer_within=timedelta(minutes=30)))
    assert await Timer(AnHourAhead(database)).expire_due() == 1
    assert (await stored(database, order.code)).state == "expired"


async def test_an_answer_in_time_keeps_an_order_from_expiring(database: Database) -> None:
    await add_merchant(database)
    order = await place(database)
    await answering.accept(database, a_merchant(), order.code, acceptance_of(order))
    with pytest.raises(Refused, match="Order is accepted"):
        await operating.expire(database, order.code, lambda: order.expires_at)


async def test_the_timer_waits_for_a_database_that_is_away(
    market_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    stop = asyncio.Event()
    async with opened(market_url) as database:
        timer = Timer(database)
        await database.close()
        running_timer = asyncio.create_task(timer.run(stop))
        await asyncio.sleep(0.05)
        assert not running_timer.done()
        stop.set()
        async with asyncio.timeout(10):
            await running_timer
    assert "the timer waits for its database" in caplog.text
