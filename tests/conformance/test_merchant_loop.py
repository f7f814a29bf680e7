"""The merchant half from webhook to print, on both engines, against a real Orders API."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from smartcart.merchant.domain.order import Status
from tests.support.order_documents import line, order, without_options
from tests.support.orders_api import PDF, OrdersApi
from tests.support.shop import Shop, open_shop

CODE = "260501-0000001"


@pytest.fixture
async def api() -> AsyncIterator[OrdersApi]:
    async with OrdersApi() as running:
        yield running


@pytest.fixture
async def shop(database_url: str, api: OrdersApi, tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(database_url, api, tmp_path) as opened:
        yield opened


async def test_an_order_that_can_be_served_is_accepted_reserved_and_printed(
    shop: Shop, api: OrdersApi
) -> None:
    await shop.stock(p1001=5)
    placed = api.orders[CODE] = order(CODE, line("1001", 2))
    await shop.told(placed, 0, "new_order")
    await shop.settle()
    assert api.effects == [
        ("accept", CODE, {"pickup_location": "loc1", "pickup_window": 1, "number_of_parcels": 1})
    ]
    accepted = without_options(placed, "accepted")
    await shop.told(accepted, 10)
    await shop.told(accepted | {"courier_voucher": api.voucher("v1.pdf")}, 20)
    await shop.settle()

    assert (await shop.order(CODE)).status is Status.ACCEPTED
    assert await shop.shelf() == {"1001": (5, 2)}
    [name] = shop.printed()
    assert (shop.prints / name).read_bytes() == PDF
    assert [step for step in await shop.steps(CODE) if step != "received"] == [
        "decided_accept",
        "sent",
        "voucher_printed",
    ]
