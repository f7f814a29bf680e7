"""In shadow mode the shop decides, records and tells, and does nothing."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from smartcart.merchant.actions import work
from smartcart.merchant.domain.order import Status
from tests.support.order_documents import line, order, without_options
from tests.support.orders_api import PDF, OrdersApi
from tests.support.policies import ALWAYS_OPEN
from tests.support.shop import Shop, open_shop

SHADOW = replace(ALWAYS_OPEN, shadow=True)
CODE = "C1"


@pytest.fixture
async def api() -> AsyncIterator[OrdersApi]:
    async with OrdersApi() as api:
        yield api


@pytest.fixture
async def shop(api: OrdersApi, tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(str(tmp_path / "shop.db"), api, tmp_path, policy=SHADOW) as shop:
        await shop.stock(p1001=5, p1002=1)
        yield shop


async def test_an_order_that_can_be_served_would_be_accepted_and_waits(
    api: OrdersApi, shop: Shop
) -> None:
    api.orders[CODE] = document = order(CODE, line("1001", 2))
    await shop.told(document, kind="new_order")
    await shop.told(document, 1)
    await shop.settle()
    assert await shop.steps(CODE) == ["received", "received", "would_accept"]
    found = await shop.order(CODE)
    assert (found.status, found.answers, found.holds) == (Status.WAITING, 0, False)
    assert found.grounds is not None
    assert found.grounds.shadow
    assert await shop.shelf() == {"1001": (5, 0), "1002": (1, 0)}
    assert api.effects == []


async def test_a_short_order_would_be_rejected_and_one_in_doubt_is_held(
    api: OrdersApi, shop: Shop
) -> None:
    await shop.told(order("short", line("1002", 3)))
    await shop.told(order("doubt", line("404")))
    await shop.settle()
    assert (await shop.steps("short"))[-1] == "would_reject"
    assert (await shop.steps("doubt"))[-1] == "held"
    assert api.effects == []


async def test_what_a_person_accepts_is_reserved_and_its_voucher_is_left_to_the_person(
    api: OrdersApi, shop: Shop
) -> None:
    document = order(CODE, line("1001", 2))
    await shop.told(document)
    voucher = api.voucher("C1.pdf", PDF)
    await shop.told(without_options(document, "accepted", courier_voucher=voucher), 1)
    await shop.settle()
    steps = await shop.steps(CODE)
    assert set(steps) == {"received", "would_accept", "accepted", "would_print"}
    assert await shop.shelf() == {"1001": (5, 2), "1002": (1, 0)}
    assert shop.printed() == []
    assert (await shop.order(CODE)).vouchers == (voucher,)


async def test_an_answer_left_from_before_is_not_sent(api: OrdersApi, tmp_path: Path) -> None:
    api.orders[CODE] = document = order(CODE, line("1001", 2), now=datetime.now(UTC))
    database = str(tmp_path / "shop.db")
    async with open_shop(database, api, tmp_path) as before:
        await before.stock(p1001=5)
        await before.told(document)
        await before.settle(queues=(work.EVENTS,))
        assert (await before.order(CODE)).status is Status.ACCEPTING
    async with open_shop(database, api, tmp_path, policy=SHADOW) as after:
        await after.settle()
        assert (await after.order(CODE)).status is Status.NEEDS_ATTENTION
        [facts] = await after.facts(CODE, "send_failed")
        assert facts["why"] == "in shadow mode nothing is sent"
    assert api.effects == []
