"""A shop asks how its own webhook fares, and is told what is so, on either engine."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from smartcart import outbox
from smartcart.contract import ATHENS, WebhookAttempt, WebhookStanding, from_micros
from smartcart.contract.vocabulary import WEBHOOK_STANDING_PATH
from smartcart.kit.clock import micros, utc_now
from smartcart.kit.database import Database
from smartcart.marketplace import app
from smartcart.marketplace.actions import operating, redelivering
from smartcart.outbox import Place, Span
from tests.support.http_sink import HttpSink, Reply
from tests.support.market_server import Caller, running, serving, settings
from tests.support.marketplace import a_merchant, add_merchant, emptied, eventually, place

PATIENT = {
    "webhook_retry_seconds": (0.5, 2.0, 600.0),
    "webhook_within_seconds": 1200.0,
    "webhook_failing_after": 3,
}
"""Three requests soon, and the last in ten minutes. One that is late leaves those after it their
share of the whole span: there is room for a machine that is slow."""


@pytest.fixture
async def database(market_url: str) -> AsyncIterator[Database]:
    async with emptied(market_url) as opened_database:
        yield opened_database


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    async with HttpSink() as listening:
        yield listening


async def asked(shop: Caller) -> WebhookStanding:
    answer = await shop.get(WEBHOOK_STANDING_PATH)
    assert answer.status == 200, answer
    return msgspec.json.decode(answer.body, type=WebhookStanding)


async def made(database: Database, code: str, count: int) -> list[outbox.Attempt]:
    async def enough() -> list[outbox.Attempt]:
        found = await outbox.attempts(database, f"webhook/{code}")
        return found if len(found) >= count else []

    return await eventually(enough)


def shown(attempt: outbox.Attempt) -> WebhookAttempt:
    """As the shop is to see it."""
    return WebhookAttempt(
        at=from_micros(attempt.started_at),
        order=attempt.key.removeprefix("webhook/"),
        outcome=attempt.outcome,
        status=attempt.status,
        error=attempt.error,
        detail=attempt.detail,
    )


async def test_a_shop_that_was_never_told_anything(
    market_url: str, database: Database, sink: HttpSink
) -> None:
    url = sink.url("/hook?key=1")
    token = await add_merchant(database, a_merchant(webhook_url=url))
    off = await add_merchant(database, a_merchant("off", webhook_url=url, webhook_enabled=False))
    async with running(settings(market_url)) as at:
        async with Caller(at, token) as shop:
            assert await asked(shop) == WebhookStanding(
                url=url, enabled=True, waiting=0, exhausted=0, attempts=()
            )
        async with Caller(at, off) as shop:
            assert not (await asked(shop)).enabled


async def test_a_webhook_that_fails_and_recovers(
    market_url: str, database: Database, sink: HttpSink
) -> None:
    token = await add_merchant(database, a_merchant(webhook_url=sink.url("/hook")))
    other = await add_merchant(database, a_merchant("other", webhook_url=sink.url("/other")))
    sink.answer(Reply(503), path="/hook")
    async with (
        running(settings(market_url, **PATIENT)) as at,
        Caller(at, token) as shop,
        Caller(at, other) as neighbour,
    ):
        order = await place(database)
        attempts = await made(database, order.code, 3)

        async def is_failing() -> bool:
            return (await asked(shop)).failing_since is not None

        await eventually(is_failing)
        found = await asked(shop)
        assert found.next_attempt is not None
        wait = micros(found.next_attempt) - attempts[0].started_at
        # The fourth request: at the offset, or a tenth of the step to it later at most.
        assert 599_000_000 <= wait <= 661_000_000
        expected = WebhookStanding(
            url=sink.url("/hook"),
            enabled=True,
            failing_since=from_micros(attempts[0].settled_at),
            waiting=1,
            exhausted=0,
            next_attempt=found.next_attempt,
            attempts=tuple(map(shown, attempts[::-1])),
        )
        assert [(one.status, one.error) for one in found.attempts] == [(503, "status")] * 3
        assert (found, found.next_attempt.tzinfo) == (expected, expected.attempts[0].at.tzinfo)
        assert expected.attempts[0].at.utcoffset() == utc_now().astimezone(ATHENS).utcoffset()
        assert await asked(neighbour) == WebhookStanding(
            url=sink.url("/other"), enabled=True, waiting=0, exhausted=0, attempts=()
        )

        sink.answer(Reply(200), path="/hook")
        [told] = await made(database, (await place(database)).code, 1)

        async def is_well() -> bool:
            return (await asked(shop)).failing_since is None

        await eventually(is_well)
        after = await asked(shop)
        assert after.attempts[0] == shown(told)
        assert (after.last_success, after.waiting) == (from_micros(told.settled_at), 1)


async def test_what_was_given_up_counts_until_it_is_sent_again(
    market_url: str, database: Database, sink: HttpSink
) -> None:
    token = await add_merchant(database, a_merchant(webhook_url=sink.url("/hook")))
    sink.answer(Reply(500), path="/hook")
    async with running(settings(market_url)) as at, Caller(at, token) as shop:
        orders = [await place(database) for _ in range(3)]
        await operating.cancel(database, orders[0].code)

        async def given_up() -> bool:
            return (await asked(shop)).exhausted == 4

        await eventually(given_up)
        found = await asked(shop)
        assert (found.waiting, found.next_attempt) == (0, None)
        assert found.attempts[0].outcome == "exhausted"
        sink.answer(Reply(200), path="/hook")
        await redelivering.redeliver(
            database, Span(kind="webhook", lane=orders[0].merchant_id), Place(), 100
        )

        async def all_there() -> bool:
            after = await asked(shop)
            return (after.exhausted, after.waiting, after.failing_since) == (0, 0, None)

        await eventually(all_there)


async def test_what_is_due_already_is_due_now(market_url: str, database: Database) -> None:
    """Nobody sends: the next request is not told to have been in the past."""
    token = await add_merchant(database)
    early = utc_now() - timedelta(hours=1)
    await asyncio.gather(*(place(database, clock=lambda: early) for _ in range(3)))
    async with serving(app.web(settings(market_url), database)) as at, Caller(at, token) as shop:
        before = from_micros(await database.now())
        found = await asked(shop)
        assert found.next_attempt is not None
        assert (found.next_attempt >= before, found.waiting) == (True, 3)
