"""What the dashboard shows, over real HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import ClientSession

from smartcart.kit.clock import micros
from smartcart.kit.database import WriteSet
from smartcart.kit.serving import listen, serve
from smartcart.kit.settings import Secret
from smartcart.merchant.actions.receiving import receive
from smartcart.merchant.domain.order import ShopOrder, Source, Status
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.storage import orders
from smartcart.merchant.web import web
from tests.support.order_documents import event, line, order, without_options
from tests.support.orders_api import PDF, Answer, OrdersApi
from tests.support.shop import Shop

KEY = "key-of-the-dashboard"
CODE = "26/05 Α"


@dataclass(frozen=True)
class Dashboard:
    url: str
    session: ClientSession

    async def get(self, path: str, key: str = KEY) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {key}"}
        async with self.session.get(f"{self.url}/dashboard/{path}", headers=headers) as answer:
            body = await answer.read()
            is_json = answer.content_type == "application/json"
            return answer.status, json.loads(body) if is_json else body


async def running(shop: Shop, key: str) -> AsyncIterator[Dashboard]:
    settings = MerchantSettings(
        webhook_secret=Secret("0123456789abcdef"),
        api_token=Secret("t"),
        dashboard_key=Secret(key) if key else None,
        print_folder=shop.prints,
    )
    with listen("127.0.0.1", 0) as listener:
        stop = asyncio.Event()
        serving = asyncio.create_task(serve(web(settings, shop.database), listener, stop))
        async with ClientSession() as session:
            yield Dashboard(f"http://127.0.0.1:{listener.getsockname()[1]}", session)
        stop.set()
        await serving


@pytest.fixture
async def dashboard(shop: Shop) -> AsyncIterator[Dashboard]:
    async for one in running(shop, KEY):
        yield one


@pytest.fixture
async def closed_dashboard(shop: Shop) -> AsyncIterator[Dashboard]:
    async for one in running(shop, ""):
        yield one


@pytest.fixture
async def printed(shop: Shop, api: OrdersApi) -> dict[str, Any]:
    """An order that went all the way, its accept by way of a failure."""
    await shop.stock(p1001=5)
    placed = api.orders[CODE] = order(CODE, line("1001", 2))
    api.faults.append(Answer(500))
    await shop.told(placed, 0, "new_order")
    await shop.settle()
    last = without_options(placed, "accepted", courier_voucher=api.voucher("v.pdf"))
    await shop.told(last, 10)
    await shop.settle()
    return last


async def test_an_order_is_shown_with_everything_that_happened_to_it(
    dashboard: Dashboard, printed: dict[str, Any], shop: Shop
) -> None:
    status, shown = await dashboard.get(f"orders/{quote(CODE, safe='')}")
    assert status == 200
    assert shown["order"] == printed
    assert shown["summary"]["status"] == "accepted"
    assert shown["summary"]["decision"]["type"] == "accept"
    [basis] = shown["summary"]["basis"]
    assert basis["shelf"].pop("as_of") > 0
    shelf = {"places": {"": 5}}
    assert basis == {"sku": "1001", "wanted": 2, "available": 5, "shelf": shelf}
    assert [(one["event_type"], one["verdict"]) for one in shown["inbox"]] == [
        ("new_order", "apply"),
        ("order_updated", "apply"),
    ]
    assert json.loads(shown["inbox"][1]["body"])["order"] == printed
    assert [step["what"] for step in shown["steps"]] == [
        "received",
        "decided_accept",
        "send_failed",
        "sent",
        "received",
        "voucher_printed",
    ]
    accept, voucher = shown["calls"]
    assert (accept["kind"], accept["request"]["method"]) == ("answer", "POST")
    assert accept["request"]["body"]["pickup_location"] == "loc1"
    assert [attempt["outcome"] for attempt in accept["attempts"]] == ["failed", "delivered"]
    assert accept["attempts"][0]["detail"].startswith("ServerFailed: 500 {")
    assert voucher["request"] == {"method": "GET", "path": printed["courier_voucher"], "body": None}
    [one] = shown["prints"]
    assert [one["file"]] == shop.printed()


async def test_a_print_is_shown_as_it_was_printed(
    dashboard: Dashboard, printed: dict[str, Any]
) -> None:
    assert await dashboard.get(f"prints/{quote(CODE, safe='')}") == (200, PDF)
    assert (await dashboard.get("prints/C9"))[0] == 404


async def test_orders_are_listed_newest_first_by_pages_and_by_status(
    dashboard: Dashboard, shop: Shop
) -> None:
    await shop.stock(p1001=100)
    for n in range(5):
        await shop.told(order(f"C{n}", line("1001" if n else "404")), 0, "new_order")
        await shop.settle(queues=("events",))
    _, first = await dashboard.get("orders?limit=3")
    _, second = await dashboard.get(f"orders?limit=3&before={first['next']}")
    assert [one["code"] for one in first["orders"] + second["orders"]] == [
        "C4",
        "C3",
        "C2",
        "C1",
        "C0",
    ]
    assert second["next"] is None
    _, held = await dashboard.get("orders?status=held")
    assert [one["code"] for one in held["orders"]] == ["C0"]


async def test_the_stock_is_listed_by_pages(dashboard: Dashboard, shop: Shop) -> None:
    await shop.stock(p1=1, p2_a=None, p2_b=3)
    _, first = await dashboard.get("stock?limit=2")
    uid, variation = first["next"]
    _, second = await dashboard.get(f"stock?limit=2&after={uid}&after_variation={variation}")
    rows = first["stock"] + second["stock"]
    assert [
        (r["shop_uid"], r["shop_variation_uid"], r["quantity"], r["reserved"]) for r in rows
    ] == [
        ("1", "", 1, 0),
        ("2", "a", None, 0),
        ("2", "b", 3, 0),
    ]


async def test_orders_heard_of_in_one_moment_are_not_lost_between_pages(
    dashboard: Dashboard, shop: Shop
) -> None:
    at = micros(shop.start)
    codes = [f"C{n}" for n in range(5)]
    for code in codes:
        first = ShopOrder(
            code=code,
            version=1,
            status=Status.HELD,
            state="open",
            newest=Source(f"event/{code}", 1),
            event_time=None,
            expires_at=None,
            dispatch_until=None,
        )
        await shop.database.commit(WriteSet(guards=(orders.saved(None, first, at),)))
    found, before = [], ""
    for _ in range(3):
        _, page = await dashboard.get(f"orders?limit=2&before={before}")
        found += [one["code"] for one in page["orders"]]
        before = page["next"]
    assert found == codes[::-1]


@pytest.mark.parametrize("query", ["limit=x", "limit=-1", "limit=" + "9" * 40, "before=x.y"])
async def test_any_query_will_do(dashboard: Dashboard, query: str) -> None:
    assert (await dashboard.get(f"orders?{query}"))[0] == 200


@pytest.mark.parametrize(
    "path", ["orders/%00", "prints/a%00", "orders?status=%00", "stock?after=%00", "orders/%FF"]
)
async def test_text_no_database_can_hold_names_nothing(dashboard: Dashboard, path: str) -> None:
    assert (await dashboard.get(path))[0] == 404


async def test_what_is_not_there_is_404(dashboard: Dashboard) -> None:
    assert (await dashboard.get("orders/unknown"))[0] == 404
    assert (await dashboard.get("nothing"))[0] == 404


async def test_an_event_that_cannot_be_read_is_shown_all_the_same(
    dashboard: Dashboard, shop: Shop
) -> None:
    far = {"event_time": "9999-12-31T23:59:59-12:00"}
    await receive(shop.database, event({"code": "C1"}, shop.start, **far))
    status, shown = await dashboard.get("orders/C1")
    assert status == 200
    assert shown["order"] is None
    assert shown["inbox"][0]["event_time"] is None


@pytest.mark.parametrize("path", ["orders", "orders/C1", "stock", "feed", "prints/C1"])
async def test_everything_needs_the_key(dashboard: Dashboard, path: str) -> None:
    assert (await dashboard.get(path, "wrong"))[0] == 401


@pytest.mark.parametrize("path", ["orders", "feed"])
async def test_without_a_key_there_is_no_dashboard(closed_dashboard: Dashboard, path: str) -> None:
    assert (await closed_dashboard.get(path, ""))[0] == 404
    assert (await closed_dashboard.get(path, KEY))[0] == 404


async def test_the_feed_tells_steps_as_they_happen(dashboard: Dashboard, shop: Shop) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    async with dashboard.session.get(f"{dashboard.url}/dashboard/feed", headers=headers) as answer:
        assert answer.content_type == "text/event-stream"
        await shop.told(order("C1"), 0, "new_order")
        async with asyncio.timeout(5):
            async for data in answer.content:
                if data.startswith(b"data: "):
                    step = json.loads(data.removeprefix(b"data: "))
                    break
    assert (step["key"], step["what"]) == ("C1", "received")
