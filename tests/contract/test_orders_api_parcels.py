"""Ready, not ready and tracking over HTTP: results and every refusal (contract §3)."""

from urllib.parse import urlsplit

import msgspec
import pytest

from smartcart.contract import OrderState, parse_order
from smartcart.contract.examples import example
from smartcart.marketplace.actions import operating, placing
from smartcart.marketplace.domain.order import Order
from tests.contract.conftest import Market
from tests.support.market_server import ORDERS, VENDOR_TYPE, Answer, Caller
from tests.support.market_shop import SUCCESS, Shop
from tests.support.marketplace import TERMS, events, work_off
from tests.support.proving import proves

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOT_FOUND = (404, "order_error", "Order not found")
NOT_READY_FOR_THAT = (422, "order_error", "Order is not eligible to be marked as ready")
NO_UNDO = (422, "order_error", "Order is not eligible for undo")
TRACKED = {"tracking_details": [{"courier": "gls", "tracking_code": "7712345678"}]}


async def call(shop: Shop, order: Order, name: str, body: object = None) -> Answer:
    return await shop.caller.post(f"{ORDERS}/{order.code}/{name}", body)


async def entered(shop: Shop, name: str) -> Order:
    """An accepted order like our example of that name."""
    given = msgspec.structs.replace(parse_order(example(name)), state=OrderState.ACCEPTED)
    return await placing.enter(shop.database, shop.merchant.id, given, TERMS)


@proves("ready.marks", "not-ready.marks", "transport.success")
async def test_an_order_is_marked_ready_and_not_ready_again(shop: Shop) -> None:
    order = await shop.accepted()
    for name, ready in (("set_as_ready", True), ("set_as_not_ready", False)):
        answer = await call(shop, order, name)
        assert (answer.status, answer.body) == (200, SUCCESS)
        assert (await shop.shown(order.code)).is_ready_for_dispatch is ready


@proves("ready.pickup-may-move", "ready.earliest-window", "not-ready.pickup-back")
async def test_the_pickup_moves_with_it_and_back(shop: Shop) -> None:
    order = await shop.ordered()
    assert (await shop.accept_with(order, pickup_window=5)).body == SUCCESS
    starts = []
    for name in ("set_as_ready", "set_as_not_ready"):
        assert (await call(shop, order, name)).body == SUCCESS
        window = (await shop.shown(order.code)).pickup_window
        assert window is not None
        starts.append(window.start)
    assert starts == [order.windows[0].start, order.windows[4].start]


@proves("ready.state", "ready.once", "ready.last-mile", "ready.core")
async def test_what_cannot_be_marked_ready(shop: Shop) -> None:
    ready, elsewhere = await shop.accepted(), await shop.accepted()
    assert (await call(shop, ready, "set_as_ready")).status == 200
    await operating.operate(shop.database, elsewhere.code, operating.assigning("ACS", "SLM"))
    kinds = [await entered(shop, name) for name in ("order_fbm", "order_fbs", "order_store_pickup")]
    for order in (await shop.ordered(), await shop.rejected(), ready, elsewhere, *kinds):
        before = await shop.kept(order)
        assert (await call(shop, order, "set_as_ready")).refusal == NOT_READY_FOR_THAT
        assert await shop.kept(order) == before


@proves("not-ready.eligible")
async def test_what_cannot_be_taken_back(shop: Shop) -> None:
    picked_up = await shop.accepted()
    assert (await call(shop, picked_up, "set_as_ready")).status == 200
    await operating.operate(shop.database, picked_up.code, operating.dispatching())
    fbm = await entered(shop, "order_fbm")
    for order in (await shop.ordered(), await shop.accepted(), picked_up, fbm):
        assert (await call(shop, order, "set_as_not_ready")).refusal == NO_UNDO


@proves("tracking.body", "tracking.replaces", "tracking.couriers", "transport.success")
async def test_tracking_details_replace_what_was_there(shop: Shop) -> None:
    order = await entered(shop, "order_fbm")
    for courier in ("acs", "dhl", "geniki_taxydromiki", "dpd", "gls"):
        details = [{"courier": courier, "tracking_code": f"{courier}{n}"} for n in (1, 2)]
        answer = await call(shop, order, "tracking_details", {"tracking_details": details})
        assert (answer.status, answer.body) == (200, SUCCESS)
        shown = await shop.shown(order.code)
        assert shown.courier_tracking_codes == (f"{courier}1", f"{courier}2")


@proves("tracking.fbm-only", "tracking.not-fbm", "tracking.unknown-courier", "tracking.empty")
async def test_tracking_details_that_will_not_do(shop: Shop) -> None:
    refused = (await call(shop, await shop.accepted(), "tracking_details", TRACKED)).refusal
    assert refused[:2] == (422, "order_error")
    order = await shop.kept(await entered(shop, "order_fbm"))
    pigeon = [{"courier": "pigeon", "tracking_code": "7"}]
    for details in (pigeon, [], None, "acs", [{"courier": "acs"}]):
        answer = await call(shop, order, "tracking_details", {"tracking_details": details})
        assert answer.refusal[:2] == (422, "tracking_details")
    assert await shop.kept(order) == order


@proves("transport.order-not-found", "transport.others-order-is-unknown")
async def test_orders_that_are_not_there(shop: Shop, market: Market) -> None:
    async with market.shop() as other:
        theirs = await other.accepted()
        unknown = msgspec.structs.replace(theirs, code="260312-9999999")
        for name in ("set_as_ready", "set_as_not_ready", "tracking_details"):
            for order in (theirs, unknown):
                assert (await call(shop, order, name, TRACKED)).refusal == NOT_FOUND
        assert await other.kept(theirs) == theirs


@proves("quirk.empty-body", "quirk.empty-object")
@pytest.mark.parametrize("body", [None, b"", b"{}", b" ", b"null", b"junk"])
async def test_calls_without_a_body_take_any(shop: Shop, body: bytes | None) -> None:
    order = await shop.accepted()
    headers = {
        "Authorization": f"Bearer {shop.token}",
        "Accept": VENDOR_TYPE,
        "Content-Type": "application/json",
    }
    for name in ("set_as_ready", "set_as_not_ready"):
        path = f"{ORDERS}/{order.code}/{name}"
        answer = await shop.caller.call("POST", path, body, headers)
        assert (answer.status, answer.body) == (200, SUCCESS)


@proves("quirk.key-order", "quirk.empty-where-needed")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"tracking_details": [{"tracking_code": 7712345678, "courier": "gls"}], "x": 1}', 200),
        (b"", 400),
        (b"{}", 422),
        (b"[]", 400),
        (b'{"tracking_details": [7]}', 422),
        (b"\xff", 400),
    ],
)
async def test_tracking_details_however_they_are_sent(shop: Shop, body: bytes, status: int) -> None:
    order = await entered(shop, "order_fbm")
    assert (await call(shop, order, "tracking_details", body)).status == status


@proves("ready.download-marks", "ready.download-keeps-pickup", "voucher.unguessable")
async def test_downloading_the_voucher_marks_the_order_ready(market: Market) -> None:
    async with market.shop(set_as_ready_required=False) as shop:
        shown = await _after_download(market, shop)
        assert shown.is_ready
        assert shown.acceptance is not None
        assert shown.acceptance.window == shown.windows[4]
        [*_, last] = await events(shop.database, shown.code)
        assert last.changes is not None
        assert last.changes.is_ready_for_dispatch is not None
        assert last.changes.pickup_window is None


@proves("ready.download-does-not-mark")
async def test_where_marking_is_required_it_does_not(market: Market) -> None:
    async with market.shop(set_as_ready_required=True) as shop:
        assert not (await _after_download(market, shop)).is_ready


async def _after_download(market: Market, shop: Shop) -> Order:
    """An accepted order for the last window, after its voucher was downloaded by somebody."""
    order = await shop.ordered()
    assert (await shop.accept_with(order, pickup_window=5)).body == SUCCESS
    await work_off(shop.database)
    voucher = (await shop.kept(order)).voucher
    assert voucher is not None
    async with Caller(market.url, "") as anybody:
        answer = await anybody.get(urlsplit(voucher.url).path, {})
    assert answer.body.startswith(b"%PDF")
    return await shop.kept(order)
