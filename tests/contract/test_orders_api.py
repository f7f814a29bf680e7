"""`GET /:code`, accept and reject over HTTP: results and every refusal (contract §3)."""

import msgspec
import pytest

from smartcart.contract import OrderState
from smartcart.marketplace.actions import operating
from tests.contract.conftest import Market
from tests.support.market_server import ORDERS
from tests.support.market_shop import SUCCESS, Shop
from tests.support.marketplace import acceptance_of, events
from tests.support.proving import proves

pytestmark = pytest.mark.asyncio(loop_scope="module")


def line(line_id: str, reason: object = 1, **more: object) -> dict[str, object]:
    return {"line_items": [{"id": line_id, "reason_id": reason, **more}]}


@proves("transport.base-path", "get.order")
async def test_an_order_is_shown_whole_and_its_options_while_it_is_open(shop: Shop) -> None:
    order = await shop.ordered({"A": 3})
    answer = await shop.get(order.code)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    body = msgspec.json.decode(answer.body, type=dict[str, dict[str, object]])
    assert list(body) == ["order"]
    assert body["order"]["code"] == order.code
    assert {"accept_options", "reject_options"} <= set(body["order"])
    shown = await shop.shown(order.code)
    assert [(line.shop_uid, line.quantity) for line in shown.line_items] == [("A", 3)]
    assert shown.customer.last_name == "Καλλέργη"


@proves("accept.body", "transport.success", "get.options-while-actable")
async def test_accepting(shop: Shop) -> None:
    order = await shop.ordered()
    answer = await shop.accept_with(order, number_of_parcels=2)
    assert (answer.status, answer.body) == (200, SUCCESS)
    shown = await shop.shown(order.code)
    assert (shown.state, shown.number_of_parcels) == ("accepted", 2)
    assert shown.pickup_window is not None
    assert shown.pickup_window.start == order.windows[0].start
    assert shown.pickup_address == "Ερμού 12, Τ.Κ. 10563, Αθήνα, Αττική"
    assert (shown.accept_options, shown.reject_options) == (None, None)


@proves("reject.lines", "transport.success")
async def test_rejecting_lines(shop: Shop) -> None:
    order = await shop.ordered({"A": 3, "B": 2})
    answer = await shop.reject(order, line(order.lines[0].id, 4, available_quantity=2))
    assert (answer.status, answer.body) == (200, SUCCESS)
    shown = await shop.shown(order.code)
    assert shown.state == "rejected"
    assert [line.rejection_reason for line in shown.line_items] == ["limited_stock", None]
    assert shown.rejection_info is None


@proves("reject.other")
async def test_rejecting_as_a_whole(shop: Shop) -> None:
    order = await shop.ordered()
    answer = await shop.reject(order, {"rejection_reason_other": "Πλημμύρα στην αποθήκη"})
    assert (answer.status, answer.body) == (200, SUCCESS)
    shown = await shop.shown(order.code)
    assert shown.rejection_info is not None
    assert (shown.rejection_info.reason, shown.rejection_info.actor) == (
        "Πλημμύρα στην αποθήκη", "merchant",
    )  # fmt: skip


@proves(
    "accept.location-among-options",
    "accept.window-among-options",
    "accept.parcels-among-options",
    "accept.location-required",
    "accept.window-required",
)
@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("pickup_location", "elsewhere", "pickup_location 'elsewhere' is not among"),
        ("pickup_location", "", "pickup_location '' is not among"),
        ("pickup_location", None, "This field is required."),
        ("pickup_location", {"id": 1}, "Expected `str`."),
        ("pickup_window", 99, "pickup_window 99 is not among the order's accept_options: 1, 2,"),
        ("pickup_window", None, "pickup_window is required; one of: 1, 2, 3, 4, 5."),
        ("pickup_window", "soon", "Expected `int"),
        ("pickup_window", 1.5, "Expected `int"),
        ("pickup_window", 2**80, "`int`"),
        ("number_of_parcels", 4, "number_of_parcels 4 is not among the order's accept_options: 1,"),
        ("number_of_parcels", 0, "number_of_parcels 0 is not among"),
        ("number_of_parcels", [1], "Expected `int`."),
    ],
)
async def test_a_choice_that_is_not_offered_is_refused_by_name(
    shop: Shop, field: str, value: object, message: str
) -> None:
    order = await shop.ordered()
    chosen = acceptance_of(order)
    body = {"pickup_location": chosen.pickup_location, "pickup_window": chosen.pickup_window}
    answer = await shop.accept(order, {**body, field: value})
    status, code, told = answer.refusal
    assert (status, code) == (422, field)
    assert message in told
    assert (await shop.kept(order)).state is OrderState.OPEN


@proves(
    "reject.one-form",
    "reject.unknown-line",
    "reject.duplicate-line",
    "reject.unknown-reason",
    "reject.reason-not-offered",
    "reject.quantity-required",
    "reject.quantity-range",
)
@pytest.mark.parametrize(
    ("body", "status", "code", "message"),
    [
        (line("LINE", 9), 422, "line_items", "reason_id 9 is not offered; one of: 1, 2, 4, 5."),
        (line("LINE", 6), 422, "line_items", "reason_id 6 is not offered; one of: 1, 2, 4, 5."),
        (line("elsewhere"), 422, "line_items", "'elsewhere' is not a line of this order."),
        (line("LINE", 4), 422, "line_items", "reason_id 4 requires available_quantity."),
        (
            line("LINE", 4, available_quantity=3),
            422, "line_items", "available_quantity must be 0 to 2.",
        ),
        (
            line("LINE", 4, available_quantity=-1),
            422, "line_items", "available_quantity must be 0 to 2.",
        ),
        (
            {"line_items": [{"id": "LINE", "reason_id": 1}, {"id": "LINE", "reason_id": 2}]},
            422, "line_items", "A line is named twice",
        ),
        (
            {**line("LINE"), "rejection_reason_other": "όχι"},
            422, "line_items", "Send either line_items, at least one, or rejection_reason_other",
        ),
        ({}, 422, "line_items", "Send either line_items, at least one, or rejection_reason_other"),
        ({"line_items": []}, 422, "line_items", "Send either line_items"),
        ({"rejection_reason_other": "  "}, 422, "line_items", "Send either line_items"),
        ({"line_items": [{"reason_id": 1}]}, 422, "line_items", "required"),
        ({"line_items": [{"id": "LINE"}]}, 422, "line_items", "required"),
        ({"line_items": "LINE"}, 422, "line_items", "Expected `array"),
        ({"line_items": [7]}, 422, "line_items", "Expected `object`."),
        ({"rejection_reason_other": ["όχι"]}, 422, "rejection_reason_other", "Expected `str"),
    ],
)  # fmt: skip
async def test_a_reject_that_will_not_do(
    shop: Shop, body: dict[str, object], status: int, code: str, message: str
) -> None:
    order = await shop.ordered({"A": 3})
    sent = msgspec.json.encode(body).replace(b"LINE", order.lines[0].id.encode())
    told = (await shop.reject(order, sent)).refusal
    assert told[:2] == (status, code)
    assert message in told[2]
    assert (await shop.kept(order)).state is OrderState.OPEN


@proves("accept.already-accepted", "reject.not-open", "business.accepted-is-final")
async def test_an_accepted_order_can_be_neither_accepted_nor_rejected(shop: Shop) -> None:
    order = await shop.accepted()
    status = (422, "order_status")
    assert (await shop.accept(order)).refusal == (*status, "Order already accepted.")
    rejection = await shop.reject(order, line(order.lines[0].id))
    assert rejection.refusal == (*status, "Order is accepted.")


@proves("reject.already-rejected", "accept.not-open")
async def test_a_rejected_order_can_be_neither_rejected_nor_accepted(shop: Shop) -> None:
    order = await shop.rejected()
    status = (422, "order_status")
    rejection = await shop.reject(order, {"rejection_reason_other": "πάλι"})
    assert rejection.refusal == (*status, "Order already rejected.")
    assert (await shop.accept(order)).refusal == (*status, "Order is rejected.")


@proves("accept.not-open", "reject.not-open")
async def test_a_cancelled_order_can_be_neither(shop: Shop) -> None:
    order = await shop.ordered()
    await operating.cancel(shop.database, order.code)
    told = (422, "order_status", "Order is cancelled.")
    assert (await shop.accept(order)).refusal == told
    assert (await shop.reject(order, line(order.lines[0].id))).refusal == told


@proves("get.options-while-actable", "accept.expired", "reject.expired")
async def test_an_order_whose_time_is_over_has_no_options_and_is_not_answered(shop: Shop) -> None:
    order = await shop.ordered(hours=0)
    shown = await shop.shown(order.code)
    assert (shown.state, shown.accept_options, shown.reject_options) == ("open", None, None)
    told = (422, "order_status", "Order expired.")
    assert (await shop.accept(order)).refusal == told
    assert (await shop.reject(order, line(order.lines[0].id))).refusal == told


@proves("silent.refused")
async def test_a_refused_call_changes_and_tells_nothing(shop: Shop) -> None:
    order = await shop.ordered()
    await shop.accept_with(order, pickup_location="elsewhere")
    await shop.reject(order, line("elsewhere"))
    assert await shop.kept(order) == order
    assert len(await events(shop.database, order.code)) == 1


@proves("transport.order-not-found-elsewhere")
async def test_an_unknown_order(shop: Shop) -> None:
    for answer in (
        await shop.get("260312-9999999"),
        await shop.caller.post(f"{ORDERS}/260312-9999999/accept", {}),
        await shop.caller.post(f"{ORDERS}/260312-9999999/reject", b"not JSON"),
    ):
        assert answer.refusal == (404, "order_error", "Order not found")


@proves("transport.others-order-is-unknown")
async def test_another_shops_order_is_exactly_like_an_unknown_one(
    shop: Shop, market: Market
) -> None:
    async with market.shop() as other:
        order = await other.ordered()
        for path, body in (("", None), ("/accept", b"{}"), ("/reject", b"junk")):
            method = "GET" if body is None else "POST"
            theirs, unknown = [
                await shop.caller.call(method, f"{ORDERS}/{code}{path}", body, None)
                for code in (order.code, "260312-9999999")
            ]
            assert (theirs.status, theirs.body) == (unknown.status, unknown.body)
            assert theirs.refusal == (404, "order_error", "Order not found")
            assert set(theirs.headers) == set(unknown.headers)
        assert await other.kept(order) == order
