"""Orders that are not finished are read again, the urgent ones first, on either engine."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smartcart.kit import journal
from smartcart.kit.clock import micros, utc_now
from smartcart.kit.database import WriteSet
from smartcart.merchant.actions import work
from smartcart.merchant.actions.rereading import Rereading
from smartcart.merchant.domain.order import Status
from smartcart.merchant.storage import orders
from tests.support.order_documents import line, order, without_options
from tests.support.orders_api import OrdersApi
from tests.support.shop import Shop, open_shop

OPEN_AFTER, ACCEPTED_AFTER = timedelta(minutes=15), timedelta(hours=1)
EVENTS = (work.EVENTS,)


@pytest.fixture
async def api() -> AsyncIterator[OrdersApi]:
    async with OrdersApi() as running:
        yield running


@pytest.fixture
async def shop(database_url: str, api: OrdersApi, tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(database_url, api, tmp_path) as opened:
        yield opened


def rereading(shop: Shop, after: timedelta) -> Rereading:
    """So long after the orders were told of."""
    return Rereading(shop.database, OPEN_AFTER, ACCEPTED_AFTER, lambda: utc_now() + after)


async def told(shop: Shop, api: OrdersApi, code: str, **fields: Any) -> None:
    """An order that the shop holds, unless it knows the product of it."""
    api.orders[code] = order(code, **fields)
    await shop.told(api.orders[code])
    await shop.settle(queues=EVENTS)


async def read_all(shop: Shop, after: timedelta) -> int:
    found = 0
    while await rereading(shop, after).have_one_read():
        found += 1
    return found


async def test_nothing_is_read_that_was_just_told(shop: Shop, api: OrdersApi) -> None:
    await told(shop, api, "A")
    assert await read_all(shop, OPEN_AFTER - timedelta(minutes=1)) == 0


async def test_the_first_to_expire_is_read_first_and_accepted_ones_last(
    shop: Shop, api: OrdersApi
) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    await told(shop, api, "accepted", state="accepted")
    await told(shop, api, "late")
    await told(shop, api, "soon", expires_at=soon.isoformat())
    await told(shop, api, "never", expires_at=None)
    await told(shop, api, "over", state="cancelled")
    read = []
    looking = rereading(shop, timedelta(hours=2))
    for _ in range(4):
        assert await looking.have_one_read()
        await shop.settle()
        read.append(api.calls[-1])
        await shop.database.commit(_far_ahead(read[-1].removeprefix("GET ")))
    assert read == ["GET soon", "GET late", "GET never", "GET accepted"]
    assert await read_all(shop, timedelta(hours=2)) == 0


def _far_ahead(code: str) -> WriteSet:
    tomorrow = micros(utc_now() + timedelta(days=1))
    return WriteSet(effects=(orders.touched(code, tomorrow),))


async def test_a_small_budget_starves_neither(shop: Shop, api: OrdersApi) -> None:
    await told(shop, api, "accepted", state="accepted")
    for n in range(4):
        await told(shop, api, f"open-{n}")
    looking = rereading(shop, timedelta(hours=2))
    for _ in range(4):
        assert await looking.have_one_read()
    await shop.settle()
    assert sorted(api.calls) == ["GET accepted", "GET open-0", "GET open-1", "GET open-2"]


async def test_what_waits_to_be_read_is_not_asked_for_again(shop: Shop, api: OrdersApi) -> None:
    await told(shop, api, "A")
    await told(shop, api, "B")
    assert await read_all(shop, timedelta(hours=1)) == 2


async def test_a_voucher_that_no_event_told_of_is_found(shop: Shop, api: OrdersApi) -> None:
    await shop.stock(p1001=5)
    await told(shop, api, "A")
    await shop.settle()
    api.orders["A"] = without_options(
        api.orders["A"], "accepted", courier_voucher=api.voucher("v.pdf")
    )
    assert await read_all(shop, timedelta(hours=2)) == 1
    await shop.settle()
    assert len(shop.printed()) == 1
    assert len(await shop.facts("A", "read")) == 1


async def test_a_reading_that_tells_nothing_new_leaves_no_trace_in_the_history(
    shop: Shop, api: OrdersApi
) -> None:
    await told(shop, api, "A")
    for _ in range(3):
        assert await read_all(shop, timedelta(hours=1)) == 1
        await shop.settle()
    assert len(await journal.history(shop.database, "A")) == 2  # received, held
    assert (await shop.order("A")).read_at is not None


@pytest.mark.parametrize("quantity", [2, 6], ids=["accept", "reject"])
async def test_an_answer_that_was_confirmed_and_not_carried_out_is_given_again(
    shop: Shop, api: OrdersApi, quantity: int
) -> None:
    await shop.stock(p1001=5)
    await told(shop, api, "A", line_items=[line("1001", quantity)])
    still_open = api.orders["A"]
    await shop.settle()
    api.orders["A"] = still_open
    assert await read_all(shop, timedelta(hours=2)) == 1
    await shop.settle()
    assert [verb for verb, _, _ in api.effects] == ["accept" if quantity == 2 else "reject"] * 2
    assert (await shop.order("A")).status in (Status.ACCEPTED, Status.REJECTED)
    assert await shop.is_balanced()
    assert await shop.facts("A", "answered_elsewhere") == []


async def test_a_reject_is_read_until_somebody_tells_of_it(shop: Shop, api: OrdersApi) -> None:
    await shop.stock(p1001=5)
    await told(shop, api, "A", line_items=[line("1001", 6)])
    await shop.settle()
    assert await read_all(shop, timedelta(hours=2)) == 1
    await shop.settle()
    assert await read_all(shop, timedelta(hours=2)) == 0
