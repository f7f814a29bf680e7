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


async def test_a_short_order_is_rejected_with_what_there_is(shop: Shop, api: OrdersApi) -> None:
    await shop.stock(p1001=1, p1002=5)
    api.orders[CODE] = order(CODE, line("1001", 2), line("1002", 1))
    await shop.told(api.orders[CODE], 0, "new_order")
    await shop.settle()
    rejected = [{"id": "line-1001", "reason_id": 4, "available_quantity": 1}]
    assert api.effects == [("reject", CODE, {"line_items": rejected})]
    assert (await shop.order(CODE)).status is Status.REJECTED
    assert await shop.shelf() == {"1001": (1, 0), "1002": (5, 0)}


async def test_many_orders_for_the_last_pieces_are_never_promised_more_than_there_is(
    shop: Shop, api: OrdersApi
) -> None:
    await shop.stock(p1001=25, p1002=30)
    codes = [f"C{n:02}" for n in range(40)]
    for n, code in enumerate(codes):
        lines = (line("1001", 1 + n % 3), line("1002", 1)) if n % 2 else (line("1001", 2),)
        api.orders[code] = order(code, *lines)
        await shop.told(api.orders[code], 0, "new_order")
    await shop.settle()

    promised = 0
    for code in api.accepts:
        items = api.orders[code]["line_items"]
        promised += sum(item["quantity"] for item in items if item["shop_uid"] == "1001")
    assert promised <= 25
    assert (await shop.shelf())["1001"] == (25, promised)
    assert await shop.is_balanced()
    assert len(api.effects) == len({code for _, code, _ in api.effects}) == len(codes)
    # What was rejected said how many were left, and there were too few for it.
    left = 25 - promised
    for verb, code, body in api.effects:
        if verb == "reject":
            wanted = {item["id"]: item["quantity"] for item in api.orders[code]["line_items"]}
            for rejected in body["line_items"]:
                assert rejected.get("available_quantity", 0) < wanted[rejected["id"]]
    assert left < 3


async def test_a_cancellation_gives_its_pieces_to_the_next_order(
    shop: Shop, api: OrdersApi
) -> None:
    await shop.stock(p1001=2)
    api.orders["C1"] = order("C1", line("1001", 2))
    await shop.told(api.orders["C1"], 0, "new_order")
    await shop.settle()
    await shop.told(without_options(api.orders["C1"], "cancelled"), 5)
    await shop.settle()
    api.orders["C2"] = order("C2", line("1001", 2))
    await shop.told(api.orders["C2"], 6, "new_order")
    await shop.settle()
    assert api.accepts == ["C1", "C2"]
    assert await shop.shelf() == {"1001": (2, 2)}
