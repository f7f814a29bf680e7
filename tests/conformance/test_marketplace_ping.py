"""A shop's webhook URL is tried at once, from the panel and before a new one is taken."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import click
import msgspec
import pytest

from smartcart import outbox
from smartcart.cli.pinging import check_answers
from smartcart.contract.signatures import verify
from smartcart.kit import journal
from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database, open_database
from smartcart.kit.sealing import Seal, new_key
from smartcart.kit.settings import Secret
from smartcart.marketplace import app
from smartcart.marketplace.actions import signing
from smartcart.marketplace.actions.signing import Kind
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.ping import Pinged
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.storage import MIGRATIONS
from smartcart.merchant.web import web
from tests.support.http_sink import Hang, HttpSink, Reply
from tests.support.market_server import PANEL_KEY, Caller, serving, settings
from tests.support.marketplace import MERCHANT, a_merchant, add_merchant, emptied

SETTINGS = settings("unused")


@pytest.fixture
async def database(market_url: str) -> AsyncIterator[Database]:
    async with emptied(market_url) as opened_database:
        yield opened_database


async def pinged(database: Database, merchant: Merchant) -> Pinged:
    async with app.pinging(SETTINGS, database) as pinger:
        return await pinger.ping(merchant)


async def test_it_is_sent_like_an_event_and_is_none(database: Database) -> None:
    before = utc_now().replace(microsecond=0)
    async with HttpSink() as sink:
        found = await pinged(database, a_merchant(webhook_url=sink.url("/hook"), name="x"))
    assert (found.status, found.address, found.problem, found.excerpt) == (200, "127.0.0.1", "", "")
    [request] = sink.requests
    assert (request.method, request.target) == ("POST", "/hook")
    headers = dict(request.headers)
    assert headers["user-agent"] == "Skroutz OrderNotifier v1"
    assert headers["content-type"] == "application/json; charset=utf-8"
    event = msgspec.json.decode(request.body)
    assert before <= datetime.fromisoformat(event.pop("event_time")) <= utc_now()
    assert event == {"event_type": "ping", "test": True}
    assert await outbox.tail(database, "webhook/") == 0
    assert await journal.latest(database, 10) == []


async def test_what_an_event_would_meet_is_told(database: Database) -> None:
    async with HttpSink() as sink:
        shop = a_merchant(webhook_url=sink.url("/not-to-be-guessed"))
        sink.answer(Reply(204))
        almost = await pinged(database, shop)
        sink.answer(Reply(500, b"<h1>/not-to-be-guessed broke</h1>"))
        broken = await pinged(database, shop)
        sink.answer(Hang())
        silent = await pinged(database, shop)
    gone = await pinged(database, shop)
    nowhere = await pinged(database, a_merchant(webhook_url=""))
    assert "exactly 200" in almost.problem
    assert (broken.status, broken.excerpt) == (500, "<h1>/*** broke</h1>")
    assert (silent.status, silent.problem.partition(":")[0]) == (None, "timeout")
    assert (gone.status, gone.problem.partition(":")[0]) == (None, "connect")
    assert nowhere.problem == "The shop has no webhook URL."


async def test_it_is_signed_as_events_are(database: Database) -> None:
    key = Secret(new_key())
    await add_merchant(database)
    made = await signing.rotate(database, Seal(key), MERCHANT, Kind.ED25519)
    async with (
        HttpSink() as sink,
        app.pinging(msgspec.structs.replace(SETTINGS, secrets_key=key), database) as pinger,
    ):
        await pinger.ping(a_merchant(webhook_url=sink.url("/hook")))
    [request] = sink.requests
    assert verify([made.shop_key], dict(request.headers), request.body, utc_now())


async def test_an_operator_does_it_from_the_panel(market_url: str, database: Database) -> None:
    async with (
        HttpSink() as sink,
        serving(app.web(settings(market_url), database)) as url,
        Caller(url, PANEL_KEY) as operator,
        Caller(url, "no") as stranger,
    ):
        await add_merchant(database, a_merchant(webhook_url=sink.url("/hook")))
        path = f"/panel/merchants/{MERCHANT}/ping"
        assert (await stranger.post(path)).status == 401
        assert sink.requests == []
        answer = await operator.post(path)
        assert answer.status == 200
        assert msgspec.json.decode(answer.body, type=Pinged).problem == ""
        assert len(sink.requests) == 1
        assert (await operator.post("/panel/merchants/nobody/ping")).status == 422


async def test_a_new_url_is_taken_when_it_takes_a_test(database: Database) -> None:
    async with HttpSink() as sink:
        shop = a_merchant(webhook_url=sink.url("/hook"))
        await check_answers(SETTINGS, database, shop)
        sink.answer(Reply(404))
        with pytest.raises(click.ClickException, match="a test event was not taken") as refused:
            await check_answers(SETTINGS, database, shop)
    assert "404 from 127.0.0.1" in refused.value.message
    assert "--no-verify" in refused.value.message


async def test_our_own_shop_takes_it_and_does_nothing(database: Database, tmp_path: Path) -> None:
    chosen = MerchantSettings(
        database=str(tmp_path / "merchant.db"),
        webhook_secret=Secret("not-to-be-guessed"),
        api_token=Secret("token"),
    )
    shop = await open_database(chosen.database, MIGRATIONS)
    try:
        async with serving(web(chosen, shop)) as url:
            hook = f"{url}/webhook/not-to-be-guessed"
            assert (await pinged(database, a_merchant(webhook_url=hook))).problem == ""
        assert await journal.latest(shop, 10) == []
    finally:
        await shop.close()
