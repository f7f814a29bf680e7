"""The operator's calls under `/panel`, over HTTP, on every engine."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack

import msgspec
import pytest

from smartcart.cli.samples import SAMPLES
from smartcart.contract.examples import example
from smartcart.kit.database import Database
from smartcart.marketplace import app
from smartcart.marketplace.actions import answering, operating, placing
from smartcart.marketplace.actions.handing_over import marking_not_ready, marking_ready, packing
from smartcart.marketplace.actions.instructions import INSTRUCTIONS
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import Order
from tests.support.market_server import PANEL_KEY, Answer, Caller, serving, settings
from tests.support.marketplace import (
    CUSTOMER,
    MERCHANT,
    TERMS,
    a_merchant,
    acceptance_of,
    add_merchant,
    add_offers,
    an_offer,
    emptied,
    events,
    place,
    stored,
    work_off,
)
from tests.support.proving import proves

Json = dict[str, object]
KEY = {"Authorization": f"Bearer {PANEL_KEY}"}
CUSTOMER_JSON = msgspec.to_builtins(CUSTOMER)


@pytest.fixture
async def database(market_url: str) -> AsyncIterator[Database]:
    async with emptied(market_url) as opened_database:
        await add_merchant(opened_database, uids=("A", "B"))
        await add_merchant(opened_database, a_merchant("other"), ("A",))
        yield opened_database


@pytest.fixture
async def panel(database: Database) -> AsyncIterator[Caller]:
    async with AsyncExitStack() as stack:
        program = app.web(settings("unused"), database)
        url = await stack.enter_async_context(serving(program))
        yield await stack.enter_async_context(Caller(url, PANEL_KEY))


async def shown(panel: Caller, path: str) -> Json:
    answer = await panel.get(path)
    assert answer.status == 200, answer
    return msgspec.json.decode(answer.body, type=Json)


def cart(*lines: Json, **changes: object) -> Json:
    return {"lines": lines, "customer": CUSTOMER_JSON, **changes}


def line(uid: str = "A", merchant: str = MERCHANT, quantity: object = 2) -> Json:
    return {"merchant_id": merchant, "shop_uid": uid, "quantity": quantity}


CALLS = [
    ("GET", "/panel/feed"),
    ("GET", "/panel/merchants"),
    ("GET", "/panel/offers"),
    ("POST", "/panel/carts"),
    ("GET", "/panel/orders"),
    ("GET", "/panel/orders/x"),
    ("GET", "/panel/pickups"),
    ("POST", "/panel/orders/x/resend"),
    ("POST", "/panel/orders/x/cancel"),
    ("POST", "/panel/orders/x/extend"),
    ("POST", "/panel/orders/x/nothing"),
    ("POST", "/panel/orders"),
]


async def test_every_call_needs_the_key(panel: Caller, database: Database) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": PANEL_KEY}):
        for method, path in CALLS:
            answer = await panel.call(method, path, None, headers)
            assert answer.refusal == (401, "Unauthorized", "unauthorized")
    off = app.web(settings("unused", panel_key=None), database)
    async with serving(off) as url, Caller(url, "") as closed:
        for headers in ({}, {"Authorization": "Bearer "}, KEY):
            for method, path in CALLS:
                status, _, message = (await closed.call(method, path, None, headers)).refusal
                assert (status, message) == (404, "The panel is off: set panel_key to open it.")


async def test_a_cart_becomes_an_order_for_each_merchant(panel: Caller, database: Database) -> None:
    body = cart(line("A"), line("B", quantity=1), line("A", "other"), payment_method="iris")
    answer = await panel.post("/panel/carts", body)
    assert answer.status == 201
    codes = msgspec.json.decode(answer.body, type=dict[str, list[str]])["codes"]
    first, second = [await stored(database, code) for code in codes]
    assert [(one.shop_uid, one.quantity) for one in first.lines] == [("A", 2), ("B", 1)]
    assert (first.merchant_id, second.merchant_id) == (MERCHANT, "other")
    assert first.customer == CUSTOMER
    assert first.payment_method == "iris"
    assert [len(await events(database, code)) for code in codes] == [1, 1]


BAD_CARTS: list[tuple[object, str]] = [
    (cart(line(), line("nothing")), "lines[1].shop_uid: 'nothing' is not offered by this"),
    (cart(line(quantity=0)), "lines[0].quantity: must be 1 to 1000"),
    (cart(line("A\0")), "lines[0].shop_uid: 'A\0' is not offered"),
    (cart(line("A", "nobody\0")), "lines[0].shop_uid: 'A' is not offered"),
    (cart(), "lines: a cart holds 1 to 100 lines"),
    (cart(line(quantity="two")), "$.lines[0].quantity"),
    (cart(line(quantity=2**70)), "lines[0].quantity"),
    (cart({**line(), "price": 1}), "unknown field `price`"),
    ({"lines": [line()]}, "required field `customer`"),
    (cart(line(), payment_method="shells"), "$.payment_method"),
    (b"junk", "The body is not what is expected"),
    (b"", "The body is not what is expected"),
    (b"\xff", "The body is not what is expected"),
    (b'{"lines": "\xff"}', "The body is not what is expected"),
    (b"[" * 50_000, "The body is not what is expected"),
]


async def test_a_cart_that_cannot_be_ordered_is_refused_by_line(
    panel: Caller, database: Database
) -> None:
    for body, message in BAD_CARTS:
        status, code, told = (await panel.post("/panel/carts", body)).refusal
        assert (status, code) == (422, "cart")
        assert message in told
    assert (await shown(panel, "/panel/orders"))["orders"] == []


async def test_a_body_too_large_is_not_read(panel: Caller) -> None:
    assert (await panel.post("/panel/carts", b" " * 300_000)).refusal[0] == 413


async def test_an_order_with_its_history_and_its_deliveries(
    panel: Caller, database: Database
) -> None:
    order = await place(database, {"A": 1})
    await answering.accept(database, a_merchant(), order.code, acceptance_of(order))
    await work_off(database)
    found = await shown(panel, f"/panel/orders/{order.code}")
    document = msgspec.convert(found["order"], Json)
    assert (document["code"], document["state"]) == (order.code, "accepted")
    steps = msgspec.convert(found["steps"], list[Json])
    assert [step["what"] for step in steps] == ["placed", "accepted", "voucher_issued"]
    assert {step["key"] for step in steps} == {order.code}
    deliveries = msgspec.convert(found["deliveries"], list[Json])
    assert [delivery["seq"] for delivery in deliveries] == [1, 2, 3]
    assert [delivery["attempts"] for delivery in deliveries] == [[], [], []]
    payload = msgspec.convert(deliveries[1]["payload"], Json)
    assert payload["event_type"] == "order_updated"


async def test_an_unknown_order(panel: Caller) -> None:
    answers: list[Answer] = [
        await panel.get("/panel/orders/260312-1"),
        await panel.get("/panel/orders/%00"),
        await panel.post("/panel/orders/260312-1/cancel"),
        await panel.post("/panel/orders/260312-1/extend", {"hours": 1}),
    ]
    assert [answer.refusal for answer in answers] == [(404, "order_error", "Order not found")] * 4


async def test_orders_are_listed_newest_first_by_state_and_page(
    panel: Caller, database: Database
) -> None:
    codes = [(await place(database, {"A": 1})).code for _ in range(3)]
    both = await panel.post("/panel/carts", cart(line("A"), line("A", "other")))
    codes += msgspec.json.decode(both.body, type=dict[str, list[str]])["codes"]
    await panel.post(f"/panel/orders/{codes[1]}/cancel")
    for limit in (1, 2, 3, 5, 200):
        assert sorted(await _paged(panel, limit)) == sorted(codes)
    newest_first = await _paged(panel, 2)
    assert newest_first[2:] == codes[2::-1]
    cancelled = await shown(panel, "/panel/orders?state=cancelled")
    [row] = msgspec.convert(cancelled["orders"], list[Json])
    assert (row["code"], row["state"], row["total_cents"]) == (codes[1], "cancelled", 1890)
    assert row["lines"] == [{"product_name": "Προϊόν A", "quantity": 1}]
    assert (await shown(panel, "/panel/orders?state=nothing%00"))["orders"] == []


async def _paged(panel: Caller, limit: int) -> list[str]:
    """The codes of all orders, so many at a time."""
    codes: list[str] = []
    before: object = ""
    while before is not None:
        page = await shown(panel, f"/panel/orders?limit={limit}&before={before}")
        rows = msgspec.convert(page["orders"], list[Json])
        assert len(rows) <= limit
        codes += [str(row["code"]) for row in rows]
        before = page["next"]
    return codes


async def test_numbers_that_are_none(panel: Caller) -> None:
    for number in ("²", "-1", "x", "", "9" * 30, "9" * 5_000, "1.5", "%00"):
        for query in (f"limit={number}", f"before={number}", f"before={number}.x"):
            assert (await panel.get(f"/panel/orders?{query}")).status == 200
        path = f"/panel/offers?merchant_id={MERCHANT}&limit={number}"
        assert (await panel.get(path)).status == 200


async def test_offers_are_listed_by_page_and_none_is_left_out(
    panel: Caller, database: Database
) -> None:
    variations = [an_offer("P", shop_variation_uid=f"P-{n}") for n in range(4)]
    await add_offers(database, *variations)
    expected = [
        ("A", ""),
        ("B", ""),
        *((one.shop_uid, one.shop_variation_uid) for one in variations),
    ]
    for limit in (1, 2, 3, 6, 200):
        found: list[tuple[object, object]] = []
        after: list[str] | None = ["", ""]
        while after is not None:
            query = f"merchant_id={MERCHANT}&limit={limit}&after={after[0]}"
            page = await shown(panel, f"/panel/offers?{query}&after_variation={after[1]}")
            rows = msgspec.convert(page["offers"], list[Json])
            found += [(row["shop_uid"], row["shop_variation_uid"]) for row in rows]
            after = msgspec.convert(page["next"], list[str] | None)
        assert found == expected
    assert (await shown(panel, "/panel/offers?merchant_id=%00"))["offers"] == []


async def test_merchants_are_listed_without_their_tokens(panel: Caller) -> None:
    answer = await panel.get("/panel/merchants")
    found = msgspec.json.decode(answer.body, type=dict[str, list[Json]])["merchants"]
    assert [one["id"] for one in found] == [MERCHANT, "other"]
    assert not any("token" in name for one in found for name in one)


async def test_cancelling_and_extending(panel: Caller, database: Database) -> None:
    order = await place(database, {"A": 1})
    path = f"/panel/orders/{order.code}"
    assert (await panel.post(f"{path}/extend", {"hours": 1.5})).json == {"success": True}
    after = await stored(database, order.code)
    assert (after.expires_at - order.expires_at).total_seconds() == 5400
    for hours in (0, -1, 721, "soon", None):
        assert (await panel.post(f"{path}/extend", {"hours": hours})).refusal[0] == 422
    assert (await panel.post(f"{path}/cancel")).json == {"success": True}
    cancelled = (422, "order_status", "Order is cancelled.")
    assert (await panel.post(f"{path}/cancel")).refusal == cancelled
    assert (await panel.post(f"{path}/extend", {"hours": 1})).refusal == cancelled


@pytest.mark.parametrize("name", INSTRUCTIONS)
async def test_every_instruction_is_a_call(panel: Caller, database: Database, name: str) -> None:
    """Each with the body of its kind, on an order that is as it needs."""
    (sample, *before), body, state = LIVES[name]
    order = await placing.enter(database, MERCHANT, SAMPLES[sample].order(), TERMS)
    for step in before:
        await panel.post(f"/panel/orders/{order.code}/{step}")
    if name == "serial-numbers":
        body = {"line": order.lines[0].id, "numbers": "SN-1"}
    answer = await panel.post(f"/panel/orders/{order.code}/{name}", body)
    assert (answer.status, answer.json) == (200, {"success": True})
    assert (await stored(database, order.code)).state == state


LIVES: dict[str, tuple[tuple[str, ...], Json | None, str]] = {
    "cancel": (("plain",), None, "cancelled"),
    "extend": (("plain",), {"hours": 2}, "open"),
    "expire": (("plain",), {"now": True}, "expired"),
    "courier": (("plain",), {"name": "ACS"}, "open"),
    "reschedule": (("accepted",), {}, "accepted"),
    "reject": (("accepted",), {"reason": "αργά"}, "rejected"),
    "dispatch": (
        ("fbs",), {"delivery_note": "Δ1", "delivery_note_url": "https://x/1"}, "dispatched",
    ),
    "deliver": (("fbs", "dispatch"), {"partially": True}, "partially_delivered"),
    "start-return": (
        ("fbs", "dispatch", "deliver"), {"return_uuid": "u", "tracking_ids": ["T"]}, "for_return",
    ),
    "return": (("fbs", "dispatch", "deliver"), {"reason": "faulty"}, "returned"),
    "serial-numbers": (("fbs",), None, "accepted"),
}  # fmt: skip


async def test_an_instruction_that_will_not_do(panel: Caller, database: Database) -> None:
    order = await placing.enter(database, MERCHANT, SAMPLES["fbs"].order(), TERMS)
    before = await stored(database, order.code)
    bad: list[tuple[str, object, int, str]] = [
        ("nothing", None, 404, "There is no 'nothing'; cancel, extend, "),
        ("cancel", {"why": "x"}, 422, "unknown field `why`"),
        ("cancel", b"junk", 422, "The body is not what is expected"),
        ("cancel", b"[" * 50_000, 422, "The body is not what is expected"),
        ("courier", {"name": "a\0"}, 422, "$.name"),
        ("courier", {"name": "x" * 501}, 422, "$.name"),
        ("return", {"reason": "bored"}, 422, "$.reason"),
        ("return", {"lines": ["x"]}, 422, "'x' is not a line of this order."),
        ("serial-numbers", {"line": "x", "numbers": "1"}, 422, "'x' is not a line"),
        ("dispatch", {"delivery_note": "1"}, 422, "delivery_note_url: give both"),
    ]
    for name, body, status, message in bad:
        told = (await panel.post(f"/panel/orders/{order.code}/{name}", body)).refusal
        assert told[0] == status, told
        assert message in told[2]
    assert await stored(database, order.code) == before


async def test_an_order_written_out_is_placed(panel: Caller, database: Database) -> None:
    body = example("order_invoice_vies")
    answer = await panel.post(f"/panel/orders?merchant_id={MERCHANT}", body)
    assert answer.status == 201
    [code] = msgspec.json.decode(answer.body, type=dict[str, list[str]])["codes"]
    placed = await stored(database, code)
    assert (placed.merchant_id, placed.invoice_document) == (MERCHANT, "invoice_vies")
    both = await panel.post("/panel/orders", cart(line("A"), line("A", "other")))
    assert len(msgspec.json.decode(both.body, type=dict[str, list[str]])["codes"]) == 2
    unknown = (422, "merchant", "merchant 'nobody' is not known here")
    assert (await panel.post("/panel/orders?merchant_id=nobody", body)).refusal == unknown
    status, code, told = (await panel.post("/panel/orders", b"{}")).refusal
    assert (status, code, told[:14]) == (422, "order", "neither a cart")


@proves("webhook.ip-ranges")
async def test_where_webhook_requests_come_from_is_told_to_anybody(panel: Caller) -> None:
    answer = await panel.get("/ip_ranges.json", {})
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json == {
        "ipv4": ["127.0.0.1/32"],
        "ipv6": ["::1/128"],
        "last_modified": "2026-01-01T00:00:00+02:00",
    }


async def test_the_feed_tells_steps_as_they_happen_and_again_after_a_reconnect(
    panel: Caller, database: Database
) -> None:
    async with asyncio.timeout(15):
        first = _steps(panel, latest=0)
        listening = asyncio.ensure_future(anext(first))
        await asyncio.sleep(0.3)
        order = await place(database, {"A": 1})
        told = await listening
        assert (told["key"], told["what"]) == (order.code, "placed")
        await first.aclose()
        await panel.post(f"/panel/orders/{order.code}/cancel")
        second = _steps(panel, latest=2)
        again = [await anext(second), await anext(second)]
        assert [step["what"] for step in again] == ["placed", "cancelled"]
        assert again[0] == told
        await second.aclose()


async def _steps(panel: Caller, latest: int) -> AsyncGenerator[Json, None]:
    async with panel.stream(f"/panel/feed?latest={latest}") as answer:
        async for raw in answer.content:
            if raw.startswith(b"data: "):
                yield json.loads(raw.removeprefix(b"data: "))


@proves("ready.courier-told", "ready.unmarked-skipped")
async def test_the_courier_is_told_of_every_pickup_as_it_is_and_skips_what_is_not_marked(
    panel: Caller, database: Database
) -> None:
    strict = a_merchant("strict", set_as_ready_required=True)
    await add_merchant(database, strict, ("A",))
    order = await accepted(database, a_merchant(), window=1)
    late = await accepted(database, a_merchant(), window=5)
    unmarked = await accepted(database, strict, window=2)
    days = {o.code: f"{o.windows[w].start:%Y-%m-%d}" for o, w in ((order, 0), (late, 4))}
    unmarked_day = f"{unmarked.windows[1].start:%Y-%m-%d}"

    async def collected(day: str) -> list[object]:
        found = await shown(panel, f"/panel/pickups?day={day}")
        return [stop["code"] for stop in msgspec.convert(found["pickups"], list[Json])]

    assert order.code in await collected(days[order.code])
    assert late.code in await collected(days[late.code])
    assert unmarked.code not in await collected(unmarked_day)

    await operating.operate(database, unmarked.code, packing())
    assert unmarked.code in await collected(unmarked_day)
    ready = await operating.operate(database, late.code, marking_ready())
    assert ready.pickup == late.windows[0]
    assert late.code in await collected(days[order.code])
    await operating.operate(database, late.code, marking_not_ready())
    assert late.code in await collected(days[late.code])
    await operating.cancel(database, order.code)
    assert order.code not in await collected(days[order.code])


async def accepted(database: Database, merchant: Merchant, window: int) -> Order:
    order = await place(database, {"A": 1}, merchant=merchant.id)
    request = acceptance_of(order, pickup_window=window)
    await answering.accept(database, merchant, order.code, request)
    return await stored(database, order.code)


async def test_a_stop_of_the_round_whole_and_page_by_page(
    panel: Caller, database: Database
) -> None:
    orders = [await accepted(database, a_merchant(), window=1) for _ in range(5)]
    window = orders[0].windows[0]
    path = f"/panel/pickups?day={window.start:%Y-%m-%d}&limit=2"
    stops, following = [], ""
    for size in (2, 2, 1):
        page = await shown(panel, f"{path}&after={following}")
        found = msgspec.convert(page["pickups"], list[Json])
        assert len(found) == size
        stops += found
        following = str(page["next"])
    assert following == "None"
    assert [stop["code"] for stop in stops] == sorted(order.code for order in orders)
    first = next(stop for stop in stops if stop["code"] == orders[0].code)
    assert first == {
        "code": orders[0].code,
        "merchant_id": MERCHANT,
        "from": window.start.isoformat(),
        "to": window.end.isoformat(),
        "pickup_address": "Ερμού 12, Τ.Κ. 10563, Αθήνα, Αττική",
        "number_of_parcels": 1,
        "courier_tracking_codes": [],
        "is_ready_for_dispatch": False,
    }


async def test_a_day_that_is_none(panel: Caller) -> None:
    for day in ("today", "2026-13-01", "9999-12-31"):
        answer = await panel.get(f"/panel/pickups?day={day}")
        expected = (422, "body", f"day: '{day}' is not a day like 2026-03-12")
        assert answer.refusal == expected


@proves("webhook.resend")
async def test_the_operator_has_the_latest_event_sent_again(
    panel: Caller, database: Database
) -> None:
    order = await place(database, {"A": 1})
    assert (await panel.post(f"/panel/orders/{order.code}/resend", None)).status == 200
    first, again = await events(database, order.code)
    assert first == again
    missing = await panel.post("/panel/orders/x/resend", None)
    assert missing.refusal == (404, "order_error", "Order not found")
