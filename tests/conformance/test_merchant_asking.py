"""A shop asks the marketplace how its webhook fares, and calls somebody, on either engine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from smartcart import outbox
from smartcart.client import AnswerLost, OrdersClient, Retries, Unauthorized, WebhookStanding
from smartcart.kit import journal
from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database, open_database
from smartcart.merchant.actions.alarming import Alarming, Message
from smartcart.merchant.actions.asking import Asking
from smartcart.merchant.domain.alarms import AlarmKind
from smartcart.merchant.storage import MIGRATIONS
from smartcart.watch.webhook import Webhook
from tests.support.http_sink import HttpSink, Reply
from tests.support.market_server import running, settings
from tests.support.marketplace import a_merchant, add_merchant, eventually, opened, place


@dataclass
class Both:
    """A marketplace that sends to a sink, and the shop that asks it; the shop's clock goes on."""

    market: Database
    shop: Database
    sink: HttpSink
    url: str
    token: str
    figures: Webhook
    ahead: timedelta = timedelta()

    @asynccontextmanager
    async def asking(self, url: str = "", token: str = "") -> AsyncIterator[Asking]:
        where = url or self.url
        async with OrdersClient.open(
            where, token or self.token, timeout=30, retries=Retries.none()
        ) as client:
            yield Asking(
                self.shop, client, where, self.figures.told, lambda: utc_now() + self.ahead
            )

    async def until_failing(self, failing: bool = True) -> None:
        async with OrdersClient.open(self.url, self.token) as client:

            async def is_so() -> bool:
                return ((await client.webhook()).failing_since is not None) is failing

            await eventually(is_so)

    async def fail(self) -> None:
        """So many requests answered with a 503 that the endpoint is failing."""
        self.sink.answer(Reply(503))
        for _ in range(2):
            await place(self.market)
        await self.until_failing()

    async def fail_once_more(self) -> None:
        """Later than all before, also in whole seconds, as moments cross the wire."""
        async with OrdersClient.open(self.url, self.token) as client:
            before = (await client.webhook()).attempts[0].at

            async def is_later() -> bool:
                await place(self.market)
                return (await client.webhook()).attempts[0].at > before

            await eventually(is_later)

    async def steps(self) -> list[tuple[str, dict[str, object]]]:
        return [
            (s.what, msgspec.json.decode(s.facts)) for s in await journal.history(self.shop, "")
        ]

    def told(self) -> dict[str, float]:
        return {family.name: family.samples[0].value for family in self.figures.collect()}


@pytest.fixture
async def both(database_url: str, tmp_path: Path) -> AsyncIterator[Both]:
    market_url = f"sqlite:///{tmp_path / 'market.db'}"
    async with HttpSink() as sink, opened(market_url) as market:
        token = await add_merchant(market, a_merchant(webhook_url=sink.url("/hook")))
        shop = await open_database(database_url, MIGRATIONS)
        try:
            async with running(settings(market_url)) as url:
                yield Both(market, shop, sink, url, token, Webhook())
        finally:
            await shop.close()


async def test_a_webhook_that_is_well_is_nothing_to_tell_of(both: Both) -> None:
    assert both.told() == {}
    order = await place(both.market)

    async def is_delivered() -> bool:
        return not await outbox.is_pending(both.market, f"webhook/{order.code}")

    await eventually(is_delivered)
    async with both.asking() as asking:
        for _ in range(2):
            await asking.ask()
    assert await both.steps() == []
    assert both.told() == {
        "smartcart_webhook_failing": 0,
        "smartcart_webhook_waiting": 0,
        "smartcart_webhook_exhausted": 0,
    }


async def test_one_that_fails_while_the_shop_is_there_is_told_of_every_hour_and_its_recovery_once(
    both: Both,
) -> None:
    async with both.asking() as asking:
        await asking.ask()
        await both.fail()
        for hours in (0, 0.5, 1.1, 1.2):
            both.ahead = timedelta(hours=hours)
            await asking.ask()
        assert both.told()["smartcart_webhook_failing"] == 1
        failing = await both.steps()
        assert [what for what, _ in failing] == ["webhook_failing"] * 2
        facts = [(told["why"], told["about"], told["minutes"]) for _, told in failing]
        assert facts == [("503", "status", 1), ("503", "status", 66)]
        both.sink.answer(Reply(200))
        await place(both.market)
        await both.until_failing(False)
        for _ in range(2):
            await asking.ask()
    assert [what for what, _ in await both.steps()] == [
        *["webhook_failing"] * 2,
        "webhook_recovered",
    ]
    assert both.told()["smartcart_webhook_failing"] == 0


async def test_what_failed_while_nobody_was_there_is_not_told_of(both: Both) -> None:
    """A shop that was away comes back to a webhook that fails: the next event will arrive."""
    await both.fail()
    async with both.asking() as asking:
        for _ in range(2):
            await asking.ask()
        assert await both.steps() == []
        await both.fail_once_more()
        await asking.ask()
    assert [what for what, _ in await both.steps()] == ["webhook_failing"]


async def test_a_recovery_is_told_by_whoever_asks_next(both: Both) -> None:
    async with both.asking() as asking:
        await asking.ask()
        await both.fail()
        await asking.ask()
    both.sink.answer(Reply(200))
    await place(both.market)
    await both.until_failing(False)
    async with both.asking() as another:
        await another.ask()
    assert [what for what, _ in await both.steps()] == ["webhook_failing", "webhook_recovered"]


async def test_it_rings_and_the_all_clear_too(both: Both) -> None:
    alarming = Alarming(both.shop, ("channel",), (), timedelta(hours=6), timedelta(hours=24))
    await alarming.look()
    async with both.asking() as asking:
        await asking.ask()
        await both.fail()
        await asking.ask()
        await alarming.look()
        both.sink.answer(Reply(200))
        await place(both.market)
        await both.until_failing(False)
        await asking.ask()
        await alarming.look()
    told = [facts["about"] for what, facts in await both.steps() if what == "alarm"]
    assert told == ["webhook_failing", "webhook_recovered"]
    sql = "select payload from entry order by created_at"
    sent = [
        msgspec.json.decode(row.payload, type=Message)
        for row in await both.shop.read(_Payload, sql)
    ]
    assert [alarm.kind for message in sent for alarm in message.alarms] == [
        AlarmKind.WEBHOOK_FAILING,
        AlarmKind.WEBHOOK_RECOVERED,
    ]


class _Payload(msgspec.Struct):
    payload: str


@pytest.mark.parametrize("status", [404, 405, 406])
async def test_a_marketplace_that_does_not_tell_is_left_alone_for_a_day(
    both: Both, status: int
) -> None:
    async with HttpSink() as sink, both.asking(sink.url("")) as asking:
        sink.answer(Reply(status, b"<h1>no</h1>"))
        for hours, requests in ((0, 1), (0, 1), (23, 1), (25, 2)):
            both.ahead = timedelta(hours=hours)
            await asking.ask()
            assert len(sink.requests) == requests
    assert (both.told(), await both.steps()) == ({}, [])
    both.ahead = timedelta()
    async with both.asking() as asking:
        await asking.ask()
    assert both.told() != {}, "another marketplace is another matter"


async def test_what_may_pass_is_asked_again_and_no_old_figures_are_shown(both: Both) -> None:
    async with both.asking() as asking:
        await asking.ask()
    assert both.told() != {}
    async with both.asking(token="old") as asking:
        with pytest.raises(Unauthorized):
            await asking.ask()
    assert both.told() == {}
    async with HttpSink() as sink, both.asking(sink.url("")) as asking:
        sink.answer(Reply(500))
        for _ in range(2):
            with pytest.raises(AnswerLost):
                await asking.ask()
        assert len(sink.requests) == 2


def test_a_standing_with_no_attempt_on_record_is_borne() -> None:
    kept = b'{"url":"","enabled":true,"failing_since":"2026-03-12T09:12:40+02:00",'
    kept += b'"waiting":0,"exhausted":0,"attempts":[]}'
    standing = msgspec.json.decode(kept, type=WebhookStanding)
    figures = Webhook()
    figures.told(standing)
    assert {f.name: f.samples[0].value for f in figures.collect()}["smartcart_webhook_failing"] == 1
