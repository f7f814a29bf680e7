"""Signed webhook requests, from the real sender to a real receiver, on either engine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from smartcart import outbox
from smartcart.contract.signatures import event_id, verify
from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database, open_database
from smartcart.kit.egress import open_session
from smartcart.kit.sealing import CannotOpen, Seal, new_key
from smartcart.kit.settings import Secret
from smartcart.marketplace.actions import signing
from smartcart.marketplace.actions.signing import Kind
from smartcart.marketplace.actions.telling import WEBHOOKS
from smartcart.marketplace.domain.refusal import Refused
from smartcart.marketplace.storage import signing_keys
from smartcart.marketplace.webhook.sender import Sender
from smartcart.marketplace.webhook.signer import Signer
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.storage import MIGRATIONS
from smartcart.merchant.web import web
from tests.support.http_sink import HttpSink, Received, Reply
from tests.support.market_server import serving, settings
from tests.support.marketplace import (
    MERCHANT,
    a_merchant,
    add_merchant,
    emptied,
    eventually,
    place,
)

SEAL = Seal(Secret(new_key()))
SETTINGS = settings("unused")
SIGNATURE = ("webhook-id", "webhook-timestamp", "webhook-signature")


@pytest.fixture
async def database(market_url: str) -> AsyncIterator[Database]:
    async with emptied(market_url) as opened_database:
        yield opened_database


@pytest.fixture
async def sink(database: Database) -> AsyncIterator[HttpSink]:
    """Where the shop's events go."""
    async with HttpSink() as shop:
        await add_merchant(database, a_merchant(webhook_url=shop.url("/hook")))
        yield shop


@asynccontextmanager
async def sending(database: Database, seal: Seal | None = SEAL) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with open_session(allow_private=True) as session:
        signer = Signer(database, seal, good_for=0)
        sender = Sender(
            database,
            session,
            SETTINGS.schedule,
            SETTINGS.user_agent,
            SETTINGS.webhook_timeout_seconds,
            signer.headers,
        )
        limits = outbox.Limits(poll_seconds=0.02)
        worker = outbox.Worker(database, WEBHOOKS, {"webhook": sender.send}, limits)
        task = asyncio.create_task(worker.run(stop))
        try:
            yield
        finally:
            stop.set()
            await task


async def sent(database: Database, sink: HttpSink, seal: Seal | None = SEAL) -> Received:
    """The request that a new order makes."""
    before = len(sink.requests)
    async with sending(database, seal):
        await place(database)
        await eventually(lambda: _more_than(sink, before))
    return sink.requests[-1]


async def _more_than(sink: HttpSink, count: int) -> bool:
    return len(sink.requests) > count


def is_by(request: Received, key: str) -> bool:
    try:
        return bool(verify([key], dict(request.headers), request.body, utc_now()))
    except ValueError:
        return False


async def test_without_a_key_nothing_is_added(database: Database, sink: HttpSink) -> None:
    request = await sent(database, sink)
    assert not set(SIGNATURE) & set(dict(request.headers))


@pytest.mark.parametrize("kind", Kind)
async def test_what_is_sent_is_signed(database: Database, sink: HttpSink, kind: Kind) -> None:
    key = await signing.rotate(database, SEAL, MERCHANT, kind)
    request = await sent(database, sink)
    assert is_by(request, key.shop_key)
    assert dict(request.headers)["webhook-id"] == event_id(request.body)


async def test_the_id_is_the_same_each_time_an_event_is_sent(
    database: Database, sink: HttpSink
) -> None:
    await signing.rotate(database, SEAL, MERCHANT, Kind.HMAC)
    sink.answer(Reply(500), Reply(500), Reply(200))
    async with sending(database):
        await place(database)
        await eventually(lambda: _more_than(sink, 2))
    ids = {dict(request.headers)["webhook-id"] for request in sink.requests}
    assert (len(sink.requests), len(ids)) == (3, 1)


async def test_two_keys_are_live_until_the_old_one_is_ended(
    database: Database, sink: HttpSink
) -> None:
    keys = [await signing.rotate(database, SEAL, MERCHANT, Kind.HMAC) for _ in range(2)]
    keys.append(await signing.rotate(database, SEAL, MERCHANT, Kind.ED25519))
    request = await sent(database, sink)
    assert [is_by(request, key.shop_key) for key in keys] == [False, True, True]
    assert await signing.live(database, SEAL, MERCHANT) == [keys[2], keys[1]]
    assert await signing.end_old(database, MERCHANT) == 1
    request = await sent(database, sink)
    assert [is_by(request, key.shop_key) for key in keys] == [False, False, True]
    assert await signing.end_old(database, MERCHANT) == 0


async def test_keys_made_at_the_same_moment_are_two(database: Database, sink: HttpSink) -> None:
    made = await asyncio.gather(
        *(signing.rotate(database, SEAL, MERCHANT, Kind.HMAC) for _ in range(2))
    )
    live = await signing.live(database, SEAL, MERCHANT)
    assert sorted(key.number for key in made) == [1, 2]
    assert {key.shop_key for key in live} == {key.shop_key for key in made}


async def test_a_key_is_not_to_be_read_where_it_is_kept(database: Database, sink: HttpSink) -> None:
    key = await signing.rotate(database, SEAL, MERCHANT, Kind.HMAC)
    [kept] = await signing_keys.of_merchant(database, MERCHANT)
    assert key.shop_key not in kept.sealed
    assert key.shop_key not in repr(key)
    with pytest.raises(CannotOpen):
        await signing.live(database, Seal(Secret(new_key())), MERCHANT)


async def test_a_key_that_cannot_be_opened_keeps_no_order_from_its_shop(
    database: Database, sink: HttpSink
) -> None:
    await signing.rotate(database, SEAL, MERCHANT, Kind.HMAC)
    for seal in (Seal(Secret(new_key())), None):
        request = await sent(database, sink, seal)
        assert not set(SIGNATURE) & set(dict(request.headers))


async def test_an_unknown_merchant_has_no_keys(database: Database, sink: HttpSink) -> None:
    with pytest.raises(Refused, match="'nobody' is not known here"):
        await signing.rotate(database, SEAL, "nobody", Kind.HMAC)
    with pytest.raises(Refused, match="has no key"):
        await signing.end_old(database, MERCHANT)


class _Kept(msgspec.Struct):
    digest: str


@dataclass(frozen=True)
class Door:
    """A shop's webhook that takes signed events alone."""

    url: str
    database: Database

    async def kept(self) -> int:
        return len(await self.database.read(_Kept, "select digest from inbox"))


@asynccontextmanager
async def door(folder: Path, keys: str) -> AsyncIterator[Door]:
    chosen = MerchantSettings(
        database=str(folder / "merchant.db"),
        webhook_secret=Secret("not-to-be-guessed"),
        webhook_keys=Secret(keys),
        api_token=Secret("token"),
    )
    database = await open_database(chosen.database, MIGRATIONS)
    try:
        async with serving(web(chosen, database)) as url:
            yield Door(f"{url}/webhook/not-to-be-guessed", database)
    finally:
        await database.close()


@pytest.mark.parametrize("kind", Kind)
async def test_our_own_shop_takes_what_is_signed_and_keeps_nothing_else(
    database: Database, sink: HttpSink, tmp_path: Path, kind: Kind
) -> None:
    key = await signing.rotate(database, SEAL, MERCHANT, kind)
    request = await sent(database, sink)
    headers = {name: value for name, value in dict(request.headers).items() if name in SIGNATURE}
    headers["content-type"] = "application/json; charset=utf-8"
    other = "whsec_" + "A" * 32
    async with door(tmp_path, f"{other} {key.shop_key}") as shop, open_session(True) as session:

        async def status(given: dict[str, str], body: bytes) -> tuple[int, bytes]:
            async with session.post(shop.url, data=body, headers=given) as answer:
                return answer.status, await answer.read()

        unsigned = {"content-type": headers["content-type"]}
        code, body = await status(unsigned, request.body)
        assert code == 401
        assert msgspec.json.decode(body)["errors"][0]["code"] == "signature"
        assert (await status(headers, request.body + b" "))[0] == 401
        assert await shop.kept() == 0
        assert (await status(headers, request.body))[0] == 200
        assert await shop.kept() == 1
