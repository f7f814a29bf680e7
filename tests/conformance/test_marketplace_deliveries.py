"""The record of deliveries: searched by the operator, over HTTP and from the command line."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import msgspec
import pytest

from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database, Statement, WriteSet
from smartcart.marketplace import app
from smartcart.marketplace.domain.order import Order
from tests.support.http_sink import HttpSink, Reply
from tests.support.market_server import PANEL_KEY, Caller, serving
from tests.support.marketplace import a_merchant, add_merchant, emptied, place
from tests.support.sending import SETTINGS, sending, settled

Row = dict[str, object]


class Page(msgspec.Struct):
    deliveries: list[Row]
    next: str | None


@pytest.fixture
async def database(market_url: str) -> AsyncIterator[Database]:
    async with emptied(market_url) as opened_database:
        yield opened_database


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    async with HttpSink() as listening:
        yield listening


@pytest.fixture
async def panel(database: Database) -> AsyncIterator[Caller]:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(app.web(SETTINGS, database)))
        yield await stack.enter_async_context(Caller(url, PANEL_KEY))


@pytest.fixture
async def sent(database: Database, sink: HttpSink) -> dict[str, list[Order]]:
    """Two orders of a shop that answers 200, and one of a shop that answers 500."""
    sink.answer(Reply(500, b"sorry"), path="/bad")
    orders = {}
    for merchant, count in (("good", 2), ("bad", 1)):
        await add_merchant(database, a_merchant(merchant, webhook_url=sink.url(f"/{merchant}")))
        orders[merchant] = [await place(database, merchant=merchant) for _ in range(count)]
    async with sending(database):
        for order in orders["good"]:
            await settled(database, order, 1)
        await settled(database, orders["bad"][0], 4)
    return orders


async def listed(panel: Caller, query: str) -> list[Row]:
    """All pages of the list, by two."""
    rows: list[Row] = []
    following: str | None = ""
    while following is not None:
        answer = await panel.get(f"/panel/deliveries?limit=2&before={following}&{query}")
        assert answer.status == 200
        page = msgspec.json.decode(answer.body, type=Page)
        rows += page.deliveries
        following = page.next
    return rows


async def test_the_panel_searches_by_order_merchant_outcome_and_time(
    panel: Caller, sent: dict[str, list[Order]]
) -> None:
    everything = await listed(panel, "")
    times = [str(row["started_at"]) for row in everything]
    assert times == sorted(times, reverse=True)
    [bad] = sent["bad"]
    failing = [row for row in everything if row["merchant_id"] == "bad"]
    assert [(row["order"], row["event"], row["request"], row["outcome"]) for row in failing] == [
        (bad.code, 1, 4, "exhausted"),
        (bad.code, 1, 3, "failed"),
        (bad.code, 1, 2, "failed"),
        (bad.code, 1, 1, "failed"),
    ]
    last = failing[0]
    assert (last["detail"], last["status"], last["error"]) == ("500", 500, "status")
    assert (last["address"], last["excerpt"]) == ("127.0.0.1", "sorry")
    good = [row for row in everything if row["merchant_id"] == "good"]
    assert {row["order"] for row in good} == {order.code for order in sent["good"]}

    assert await listed(panel, "merchant=bad") == failing
    assert await listed(panel, "outcome=delivered") == good
    assert await listed(panel, "merchant=bad&outcome=failed") == failing[1:]
    assert await listed(panel, f"order={bad.code}") == failing
    assert await listed(panel, f"order={bad.code}&outcome=exhausted") == failing[:1]
    since = str(failing[1]["started_at"]).replace("+", "%2B")
    assert await listed(panel, f"merchant=bad&since={since}") == failing[:2]
    assert await listed(panel, "order=%00") == []


async def test_a_moment_is_where_the_list_begins(panel: Caller, sent: dict[str, object]) -> None:
    for before, count in (("2020-01-01", 0), ("2099-01-01T00:00:00%2B02:00", 6)):
        answer = await panel.get(f"/panel/deliveries?before={before}")
        assert len(msgspec.json.decode(answer.body, type=Page).deliveries) == count


async def test_what_a_clock_ahead_of_ours_has_dated_is_listed_too(
    panel: Caller, database: Database, sent: dict[str, object]
) -> None:
    ahead = Statement("update attempt set started_at = started_at + $1", 1)
    await database.commit(WriteSet(effects=(ahead.effect("", 3_600_000_000),)))
    await place(database, merchant="good", clock=lambda: utc_now() + timedelta(hours=1))
    assert len(await listed(panel, "")) == 6
    answer = await panel.get("/panel/orders")
    assert len(msgspec.json.decode(answer.body)["orders"]) == 4


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("outcome=lucky", "outcome: 'lucky' is not one of delivered, failed, exhausted, lost"),
        ("since=noon", "since: 'noon' is not a moment like 2026-03-12 or 2026-03-12T15:00"),
        ("before=1.2.3", "before: '1.2.3' is not a moment like 2026-03-12 or 2026-03-12T15:00"),
    ],
)
async def test_what_cannot_be_searched_for_is_named(
    panel: Caller, query: str, message: str
) -> None:
    answer = await panel.get(f"/panel/deliveries?{query}")
    status, _, told = answer.refusal
    assert (status, told) == (422, message)


async def test_the_record_is_the_operators_alone(panel: Caller) -> None:
    assert (await panel.get("/panel/deliveries", {})).status == 401
