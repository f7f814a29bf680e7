"""A shop that was away reads at the marketplace what it missed, on either engine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from smartcart import outbox
from smartcart.client import AnswerLost, OrdersClient, Retries, Unauthorized
from smartcart.kit import journal
from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database, Statement, WriteSet, open_database
from smartcart.kit.loop import run_until_stopped
from smartcart.kit.settings import Secret
from smartcart.marketplace import app
from smartcart.marketplace.actions import operating
from smartcart.merchant.actions import work
from smartcart.merchant.actions.receiving import receive, receive_missed
from smartcart.merchant.actions.reconciling import Reconciling
from smartcart.merchant.actions.thinking import Thinking
from smartcart.merchant.app import assembled
from smartcart.merchant.reconciler import Reconciler
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.storage import MIGRATIONS, inbox
from tests.support.http_sink import Hang, HttpSink, Reply
from tests.support.market_server import serving, settings
from tests.support.marketplace import add_merchant, eventually, opened, place, stored
from tests.support.passing_on import PassingOn
from tests.support.policies import ALWAYS_OPEN
from tests.support.ports import free_port

ENOUGH = 10


@dataclass
class Both:
    """A marketplace that sends nothing, and a shop's database."""

    market: Database
    shop: Database
    url: str
    token: str
    now: datetime

    @asynccontextmanager
    async def reconciling(self, url: str = "", token: str = "") -> AsyncIterator[Reconciling]:
        where = url or self.url
        async with OrdersClient.open(
            where, token or self.token, timeout=30, retries=Retries.none()
        ) as client:
            yield Reconciling(self.shop, client, where, lambda: self.now)

    async def reconcile(self, calls: int = ENOUGH) -> bool:
        async with self.reconciling() as reconciling:
            return await reconciling.reconcile(calls)

    async def told(self, code: str) -> list[bytes]:
        """The bodies that the shop has of an order's events."""
        return [kept.body for kept in await inbox.of_order(self.shop, work.events_of(code), 100)]

    async def written(self, code: str) -> list[bytes]:
        entries = await outbox.entries(self.market, f"webhook/{code}")
        return [entry.payload.encode() for entry in entries]

    async def to_be_read(self, code: str) -> int:
        return await outbox.tail(self.shop, f"{work.READ}/{code}")


@pytest.fixture
async def both(database_url: str, tmp_path: Path) -> AsyncIterator[Both]:
    market_url = f"sqlite:///{tmp_path / 'market.db'}"
    async with opened(market_url) as market:
        token = await add_merchant(market)
        shop = await open_database(database_url, MIGRATIONS)
        try:
            async with serving(app.web(settings(market_url), market)) as url:
                yield Both(market, shop, url, token, utc_now())
        finally:
            await shop.close()


async def test_the_first_time_only_open_orders_of_before_are_read(both: Both) -> None:
    gone, waiting = await place(both.market), await place(both.market)
    await operating.cancel(both.market, gone.code)
    assert await both.reconcile()
    assert [await both.to_be_read(each.code) for each in (gone, waiting)] == [0, 1]
    assert await both.told(waiting.code) == []


async def test_then_every_event_that_did_not_come_is_received(both: Both) -> None:
    await both.reconcile()
    order = await place(both.market)
    await operating.cancel(both.market, order.code)
    assert await both.reconcile()
    assert await both.told(order.code) == await both.written(order.code)
    steps = [(s.what, s.facts) for s in await journal.history(both.shop, order.code)]
    assert steps == [
        ("received", '{"event_type":"new_order","by":"journal"}'),
        ("received", '{"event_type":"order_updated","by":"journal"}'),
    ]
    [step] = await journal.history(both.shop, "")
    assert (step.what, step.facts) == ("reconciled", '{"missed":2}')


@dataclass
class Overtaken(PassingOn):
    """The shop's database, in which the webhook brings an event just before it is written."""

    body: bytes
    comes: bool = True

    async def commit(self, write_set: WriteSet) -> None:
        if self.comes:
            self.comes = False
            await receive(self.database, self.body)
        await self.database.commit(write_set)


async def test_what_comes_by_itself_at_the_same_moment_is_not_received_again(both: Both) -> None:
    order = await place(both.market)
    [body] = await both.written(order.code)
    assert not await receive_missed(Overtaken(both.shop, body), body)
    assert await both.told(order.code) == [body]
    steps = [(s.what, s.facts) for s in await journal.history(both.shop, order.code)]
    assert steps == [("received", '{"event_type":"new_order"}')]


async def test_what_came_by_itself_is_not_received_again(both: Both) -> None:
    await both.reconcile()
    order = await place(both.market)
    [body] = await both.written(order.code)
    await receive(both.shop, body)
    assert await both.reconcile()
    assert await both.reconcile()
    assert await both.told(order.code) == [body]
    assert await journal.history(both.shop, "") == []


async def test_what_one_budget_does_not_reach_the_next_does(both: Both) -> None:
    assert not await both.reconcile(calls=2)
    codes = [(await place(both.market)).code for _ in range(150)]
    assert not await both.reconcile(calls=1)
    assert sum([len(await both.told(code)) for code in codes]) == 100
    assert await both.reconcile(calls=1)
    assert [len(await both.told(code)) for code in codes] == [1] * 150


async def test_many_open_orders_are_listed_over_several_budgets(both: Both) -> None:
    codes = [(await place(both.market)).code for _ in range(120)]
    rounds = [await both.reconcile(calls=1) for _ in range(4)]
    assert rounds == [False, False, False, True]
    assert [await both.to_be_read(code) for code in codes] == [1] * 120


async def test_when_the_journal_does_not_reach_back_what_has_changed_is_read(both: Both) -> None:
    await both.reconcile()
    known, strange = await place(both.market), await place(both.market)
    waiting = await place(both.market)
    await receive(both.shop, (await both.written(known.code))[0])
    await _think(both)
    for order in (known, strange):
        await operating.cancel(both.market, order.code)
    forget = Statement("delete from entry where key = $1", 80)
    effect = forget.effect("", f"webhook/{strange.code}")
    await both.market.commit(WriteSet(effects=(effect,)))
    assert await both.reconcile()
    wanted = [await both.to_be_read(each.code) for each in (known, strange, waiting)]
    assert wanted == [1, 0, 1]
    later = await place(both.market)
    assert await both.reconcile()
    assert await both.told(later.code) == await both.written(later.code)


async def _think(both: Both) -> None:
    """Have what was received become an order that is known."""
    thinking = Thinking(both.shop, ALWAYS_OPEN)
    worker = outbox.Worker(
        both.shop, work.EVENTS, {work.EVENT: thinking.think}, outbox.Limits(poll_seconds=0.01)
    )
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))

    await eventually(lambda: _is_thought(both.shop))
    stop.set()
    await running


class _Waiting(msgspec.Struct):
    n: int


async def _is_thought(shop: Database) -> bool:
    sql = "select count(*) as n from stream where due is not null and queue = $1"
    [waiting] = await shop.read(_Waiting, sql, work.EVENTS)
    return waiting.n == 0


@pytest.mark.parametrize("status", [404, 405, 406])
async def test_a_marketplace_without_a_journal_is_left_alone_for_a_day(
    both: Both, status: int
) -> None:
    async with HttpSink() as sink:
        sink.answer(Reply(status, b"<h1>no</h1>"))
        async with both.reconciling(sink.url("")) as reconciling:
            assert await reconciling.reconcile(ENOUGH)
            assert await reconciling.reconcile(ENOUGH)
            assert len(sink.requests) == 1
            both.now += timedelta(hours=25)
            assert await reconciling.reconcile(ENOUGH)
            assert len(sink.requests) == 2
    await place(both.market)
    assert await both.reconcile(), "another marketplace is another matter"


async def test_what_may_pass_is_tried_again_the_next_time(both: Both) -> None:
    async with both.reconciling(token="old") as reconciling:
        with pytest.raises(Unauthorized):
            await reconciling.reconcile(ENOUGH)
    async with HttpSink() as sink, both.reconciling(sink.url("")) as reconciling:
        sink.answer(Reply(500))
        for _ in range(2):
            with pytest.raises(AnswerLost):
                await reconciling.reconcile(ENOUGH)
        assert len(sink.requests) == 2
    assert await both.reconcile()


async def test_a_marketplace_that_hangs_does_not_keep_the_program_from_stopping(
    both: Both,
) -> None:
    stop = asyncio.Event()
    async with HttpSink() as sink, both.reconciling(sink.url("")) as reconciling:
        sink.answer(Hang())
        running = asyncio.create_task(Reconciler(reconciling, 60, ENOUGH).run(stop))

        async def asked() -> bool:
            return bool(sink.requests)

        await eventually(asked)
        stop.set()
        async with asyncio.timeout(10):
            await running


async def test_an_order_that_nobody_told_of_is_answered_once_the_shop_is_back(
    both: Both, database_url: str, tmp_path: Path
) -> None:
    """The whole merchant program, started after the webhook has given up."""
    (tmp_path / "stock.csv").write_text("id,quantity\nKF-1042,9\n")
    chosen = MerchantSettings(
        database=database_url,
        port=free_port(),
        webhook_secret=Secret("not-to-be-guessed"),
        api_url=both.url,
        api_token=Secret(both.token),
        stock_csv=tmp_path / "stock.csv",
        print_folder=tmp_path / "prints",
        development=True,
        reconcile_seconds=0.05,
    )
    before = await place(both.market)
    async with _running(chosen):
        await eventually(lambda: _is_accepted(both, before.code))
        later = await place(both.market)
        await eventually(lambda: _is_accepted(both, later.code))
    quiet = await place(both.market)
    async with _running(replace(chosen, reconcile_calls=0)):
        await asyncio.sleep(0.3)
    assert (await stored(both.market, quiet.code)).state == "open"


async def _is_accepted(both: Both, code: str) -> bool:
    return (await stored(both.market, code)).state == "accepted"


@asynccontextmanager
async def _running(chosen: MerchantSettings) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with assembled(chosen) as roles:
        program = asyncio.create_task(run_until_stopped(roles, stop=stop))
        try:
            yield
        finally:
            stop.set()
            await program
