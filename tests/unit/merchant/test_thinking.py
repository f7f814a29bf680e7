"""Events become what is known of an order, what is reserved for it, and what is done next."""

import json
from datetime import timedelta
from typing import Any

import pytest

from smartcart import outbox
from smartcart.contract import parse_order
from smartcart.kit.clock import micros
from smartcart.merchant.actions import work
from smartcart.merchant.actions.receiving import receive
from smartcart.merchant.domain.order import Status
from tests.contract.published import each
from tests.support.order_documents import Json, event, line, order, without_options
from tests.support.orders_api import Answer, OrdersApi
from tests.support.proving import proves
from tests.support.shop import Shop

CODE = "260501-0000001"
EVENTS = (work.EVENTS,)


async def decided(shop: Shop, *lines: Json, **fields: Any) -> Json:
    """An order that was told and thought about; nothing was sent yet."""
    placed = order(CODE, *lines, **fields)
    await shop.told(placed, 0, "new_order")
    await shop.settle(queues=EVENTS)
    return placed


async def calls(shop: Shop, kind: str) -> list[Json]:
    return [
        json.loads(entry.payload) for entry in await outbox.entries(shop.database, f"{kind}/{CODE}")
    ]


async def test_an_accept_is_decided_with_its_stock_reserved(shop: Shop) -> None:
    await shop.stock(p1001=5, p1002=3)
    await decided(shop, line("1001", 2), line("1002", 3))
    found = await shop.order(CODE)
    assert (found.status, found.answers, found.holds) == (Status.ACCEPTING, 1, True)
    assert await shop.shelf() == {"1001": (5, 2), "1002": (3, 3)}
    assert await calls(shop, work.ANSWER) == [
        {
            "method": "POST",
            "path": f"/merchants/ecommerce/orders/{CODE}/accept",
            "body": {"pickup_location": "loc1", "pickup_window": 1, "number_of_parcels": 1},
        }
    ]
    [facts] = await shop.facts(CODE, "decided_accept")
    assert facts["stock"] == [
        {"sku": "1001", "wanted": 2, "available": 5},
        {"sku": "1002", "wanted": 3, "available": 3},
    ]


async def test_a_reject_reserves_nothing(shop: Shop) -> None:
    await shop.stock(p1001=5, p1002=1)
    await decided(shop, line("1001", 2), line("1002", 3))
    assert (await shop.order(CODE)).status is Status.REJECTING
    assert await shop.shelf() == {"1001": (5, 0), "1002": (1, 0)}
    [call] = await calls(shop, work.ANSWER)
    assert call["path"].endswith("/reject")
    assert call["body"] == {
        "line_items": [{"id": "line-1002", "reason_id": 4, "available_quantity": 1}]
    }


async def test_what_is_reserved_is_not_there_for_the_next_order(shop: Shop) -> None:
    await shop.stock(p1001=3)
    await decided(shop, line("1001", 2))
    await shop.told(order("C2", line("1001", 2)), 0, "new_order")
    await shop.settle(queues=EVENTS)
    assert (await shop.order("C2")).status is Status.REJECTING
    [facts] = await shop.facts("C2", "decided_reject")
    assert facts["stock"] == [{"sku": "1001", "wanted": 2, "available": 1}]


async def test_an_unknown_product_holds_the_order_once(shop: Shop) -> None:
    placed = await decided(shop, line("404"))
    await shop.told(placed | {"comments": "new"}, 5)
    await shop.settle(queues=EVENTS)
    assert (await shop.order(CODE)).status is Status.HELD
    assert await shop.facts(CODE, "held") == [{"why": "unknown_sku", "about": "404"}]
    assert await calls(shop, work.ANSWER) == []


async def test_an_order_on_hold_is_decided_when_an_event_makes_it_possible(shop: Shop) -> None:
    await shop.stock(p1001=5)
    placed = await decided(shop, accept_options=None)
    assert (await shop.order(CODE)).status is Status.HELD
    await shop.told(order(CODE, line("1001")), 5)
    await shop.settle(queues=EVENTS)
    assert (await shop.order(CODE)).status is Status.ACCEPTING
    assert placed["code"] == CODE


async def test_an_order_is_decided_once_however_often_it_is_told_open(shop: Shop) -> None:
    await shop.stock(p1001=5)
    placed = await decided(shop)
    later = (shop.start + timedelta(days=3)).isoformat()
    await shop.told(placed | {"expires_at": later}, 5)
    await shop.settle(queues=EVENTS)
    assert len(await calls(shop, work.ANSWER)) == 1
    found = await shop.order(CODE)
    assert found.expires_at == micros(shop.start + timedelta(days=3))
    assert await shop.shelf() == {"1001": (5, 1)}


@pytest.mark.parametrize(
    ("state", "status", "shelf"),
    [
        ("rejected", Status.REJECTED, (5, 0)),
        ("cancelled", Status.CANCELLED, (5, 0)),
        ("expired", Status.EXPIRED, (5, 0)),
        ("dispatched", Status.HANDED_OVER, (3, 0)),
        ("delivered", Status.HANDED_OVER, (3, 0)),
        ("returned", Status.HANDED_OVER, (3, 0)),
        ("accepted", Status.ACCEPTED, (5, 2)),
        ("something_new", Status.ACCEPTING, (5, 2)),
    ],
)
async def test_the_reservation_ends_with_the_order_and_only_once(
    shop: Shop, state: str, status: Status, shelf: tuple[int, int]
) -> None:
    await shop.stock(p1001=5)
    placed = await decided(shop, line("1001", 2))
    for second in (1, 2, 3):
        await shop.told(without_options(placed, state, comments=str(second)), second)
    await shop.settle(queues=EVENTS)
    assert (await shop.order(CODE)).status is status
    assert await shop.shelf() == {"1001": shelf}
    assert await shop.is_balanced()
    closed = state not in ("accepted", "something_new")
    assert await shop.facts(CODE, "closed") == ([{"state": state}] if closed else [])


async def test_goods_that_left_are_gone_even_when_they_were_counted_low(shop: Shop) -> None:
    await shop.stock(p1001=5, p1002=None)
    placed = await decided(shop, line("1001", 4), line("1002", 2))
    await shop.stock(p1001=1)
    await shop.told(without_options(placed, "dispatched"), 1)
    await shop.settle(queues=EVENTS)
    assert await shop.shelf() == {"1001": (0, 0), "1002": (None, 0)}


async def test_an_order_that_arrives_accepted_reserves_what_there_is(shop: Shop) -> None:
    await shop.stock(p1001=5, p1002=1)
    express = order(CODE, line("1001", 2), line("1002", 3), state="accepted", express=True)
    await shop.told(express, 0)
    await shop.told(express | {"comments": "again"}, 1)
    await shop.settle(queues=EVENTS)
    assert (await shop.order(CODE)).status is Status.ACCEPTED
    assert await shop.shelf() == {"1001": (5, 2), "1002": (1, 1)}
    assert await shop.facts(CODE, "short") == [
        {"lines": [{"sku": "1002", "wanted": 3, "available": 1}]}
    ]
    assert await calls(shop, work.ANSWER) == []


async def test_an_order_the_marketplace_fulfils_touches_no_stock(shop: Shop) -> None:
    await shop.stock(p1001=5)
    await shop.told(order(CODE, state="accepted", fulfilled_by_skroutz=True), 0)
    await shop.settle(queues=EVENTS)
    assert (await shop.order(CODE)).status is Status.ACCEPTED
    assert await shop.shelf() == {"1001": (5, 0)}


async def test_an_express_order_is_waited_for_not_accepted(shop: Shop) -> None:
    await shop.stock(p1001=5)
    await decided(shop, express=True)
    assert (await shop.order(CODE)).status is Status.WAITING
    assert await calls(shop, work.ANSWER) == []


@proves("flow.accept-in-one")
async def test_every_voucher_is_to_be_printed_when_it_comes_into_force(shop: Shop) -> None:
    await shop.stock(p1001=5)
    placed = await decided(shop)
    for second, url in enumerate(["https://x/1", "https://x/1", "https://x/2", "https://x/1"], 1):
        told = without_options(placed, "accepted", courier_voucher=url, comments=str(second))
        await shop.told(told, second)
    await shop.settle(queues=EVENTS)
    # The last is one that came back: printing it again is left undone when it is on paper.
    assert [call["path"] for call in await calls(shop, work.VOUCHER)] == [
        "https://x/1",
        "https://x/2",
        "https://x/1",
    ]
    assert (await shop.order(CODE)).voucher == "https://x/1"


async def test_a_voucher_of_an_order_that_is_over_is_not_printed(shop: Shop) -> None:
    await shop.told(order(CODE, state="cancelled", courier_voucher="https://x/1"), 0)
    await shop.settle(queues=EVENTS)
    assert await calls(shop, work.VOUCHER) == []


@proves("inbox.same-event")
async def test_the_same_bytes_again_change_nothing(shop: Shop) -> None:
    await shop.stock(p1001=5)
    placed = await decided(shop)
    before = await shop.order(CODE)
    for _ in range(3):
        await shop.told(placed, 0, "new_order")
    await shop.settle(queues=EVENTS)
    assert await shop.order(CODE) == before
    assert await shop.verdicts(CODE) == ["apply", "duplicate", "duplicate", "duplicate"]


@proves("inbox.stale")
async def test_an_older_event_changes_nothing(shop: Shop) -> None:
    placed = order(CODE)
    await shop.told(without_options(placed, "cancelled"), 10)
    await shop.told(placed, 5, "new_order")
    await shop.settle(queues=EVENTS)
    assert (await shop.order(CODE)).status is Status.CANCELLED
    assert await shop.verdicts(CODE) == ["apply", "stale"]
    assert sorted(await shop.steps(CODE)) == ["closed", "received", "received", "stale"]


@proves("inbox.undecidable")
async def test_of_two_events_of_one_second_the_order_itself_decides(
    shop: Shop, api: OrdersApi
) -> None:
    await shop.stock(p1001=5)
    placed = await decided(shop)
    await shop.told(without_options(placed, "accepted"), 1)
    api.orders[CODE] = without_options(placed, "cancelled")
    await shop.told(api.orders[CODE], 1)
    await shop.settle(queues=EVENTS)
    assert await shop.verdicts(CODE) == ["apply", "apply", "undecidable"]
    assert (await shop.order(CODE)).status is Status.ACCEPTED
    await shop.settle()
    found = await shop.order(CODE)
    assert found.status is Status.CANCELLED
    assert found.event_time == micros(shop.start.replace(microsecond=0) + timedelta(seconds=1))
    assert await shop.shelf() == {"1001": (5, 0)}


async def test_an_event_whose_order_cannot_be_read_has_it_read(shop: Shop, api: OrdersApi) -> None:
    await shop.stock(p1001=5)
    api.orders[CODE] = order(CODE)
    await receive(shop.database, event({"code": CODE}, shop.start))
    await shop.settle()
    assert (await shop.order(CODE)).status is Status.ACCEPTED
    assert api.accepts == [CODE]


async def test_an_order_nobody_knows_is_told_of_and_left(shop: Shop, api: OrdersApi) -> None:
    await receive(shop.database, event({"code": CODE}, shop.start))
    await shop.settle()
    assert await shop.attempts(f"read/{CODE}") == [(1, 1, "exhausted")]
    [facts] = await shop.facts(CODE, "read_failed")
    assert facts["status"] == 404


async def test_a_reading_is_made_again_until_it_succeeds(shop: Shop, api: OrdersApi) -> None:
    api.get_faults.extend([Answer(500), Answer(503, b"<html>"), Answer(200, b"{}")])
    api.orders[CODE] = order(CODE, state="cancelled")
    await receive(shop.database, event({"code": CODE}, shop.start))
    await shop.settle()
    assert (await shop.order(CODE)).status is Status.CANCELLED
    assert [outcome for _, _, outcome in await shop.attempts(f"read/{CODE}")] == [
        "failed",
        "failed",
        "failed",
        "delivered",
    ]


@proves("inbox.unknown-type")
async def test_an_event_of_an_unknown_type_is_kept_and_changes_nothing(shop: Shop) -> None:
    placed = await decided(shop)
    before = await shop.order(CODE)
    await shop.told(without_options(placed, "cancelled"), 9, "merchant_return_created")
    await shop.settle(queues=EVENTS)
    assert await shop.order(CODE) == before
    assert (await shop.verdicts(CODE))[-1] == "keep"


async def test_an_event_from_the_future_does_not_make_the_next_one_stale(
    shop: Shop, api: OrdersApi
) -> None:
    placed = await decided(shop)
    await shop.told(placed | {"comments": "x"}, 400_000_000)
    api.orders[CODE] = placed
    await shop.told(without_options(placed, "cancelled"), 60)
    await shop.settle(queues=EVENTS)
    assert await shop.verdicts(CODE) == ["apply", "undecidable", "apply"]
    assert (await shop.order(CODE)).status is Status.CANCELLED


async def test_text_no_database_can_hold_does_not_stop_an_order(shop: Shop) -> None:
    await shop.stock(p1001=5)
    body = event(order(CODE, courier_voucher="https://x/\x00", state="accepted"), shop.start)
    assert b"\\u0000" in body
    await receive(shop.database, body)
    await shop.settle(queues=EVENTS)
    assert (await shop.order(CODE)).voucher == "https://x/"


@each("webhook_*.json")
async def test_every_published_event_is_understood(shop: Shop, path: Any) -> None:
    body = path.read_bytes()
    await receive(shop.database, body)
    await shop.settle(queues=EVENTS)
    told = parse_order(body)
    found = await shop.order(told.code)
    # They are years old: nothing in them can be answered any more, or was answered already.
    expected = {"open": Status.HELD, "accepted": Status.ACCEPTED}[told.state]
    assert (found.state, found.status) == (told.state, expected)
