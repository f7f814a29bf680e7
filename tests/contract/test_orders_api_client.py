"""Our own clients against our own server: every call, and what comes of it."""

from collections.abc import AsyncIterator
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import urlsplit

import msgspec
import pytest

from smartcart.client import (
    AcceptRequest,
    AsyncInvoiceFile,
    NotFound,
    NotSupported,
    OrdersApiError,
    OrdersClient,
    RejectedLine,
    RejectRequest,
    TrackingDetail,
    TrackingRequest,
    Unauthorized,
    WebhookTrigger,
)
from smartcart.contract import ErrorItem, OrderState, encode, parse_pickup_label
from smartcart.marketplace import app
from smartcart.marketplace.actions import merchants
from tests.contract.client_calls import raised, tried
from tests.contract.conftest import Market, client_of
from tests.contract.refusals import entered
from tests.support.invoices import JPEG, PDF, PNG
from tests.support.market_server import serving, settings
from tests.support.market_shop import SUCCESS, Shop
from tests.support.marketplace import acceptance_of, events
from tests.support.proving import proves
from tests.unit.client.flavours import Flavour

pytestmark = pytest.mark.asyncio(loop_scope="module")

LARGE = PDF + bytes(200_000)


@proves("get.order", "accept.body", "transport.success")
async def test_an_order_is_fetched_and_accepted_by_what_it_offers(
    shop: Shop, client: OrdersClient
) -> None:
    order = await shop.ordered()
    fetched = await client.get(order.code)
    assert fetched.raw == (await shop.get(order.code)).body
    options = fetched.order.accept_options
    assert options is not None
    place, window = options.pickup_location[0], options.pickup_window[1]
    request = AcceptRequest(
        pickup_location=place.id,
        pickup_window=window.id,
        number_of_parcels=options.number_of_parcels[-1],
    )
    done = await client.accept(order.code, request)
    assert (done.status, done.response_body) == (200, SUCCESS)
    accepted = (await client.get(order.code)).order
    meant = parse_pickup_label(window.label)
    assert meant is not None
    assert accepted.pickup_window is not None
    assert (accepted.pickup_window.start, accepted.pickup_window.end) == (meant.start, meant.end)
    assert (accepted.state, accepted.number_of_parcels) == ("accepted", 3)
    assert accepted.accept_options is None


@proves("reject.lines", "reject.other", "transport.success")
async def test_both_forms_of_reject(shop: Shop, client: OrdersClient) -> None:
    by_line, as_a_whole = await shop.ordered(), await shop.ordered()
    lines = (RejectedLine(id=by_line.lines[0].id, reason_id=4, available_quantity=1),)
    done = await client.reject(by_line.code, RejectRequest(line_items=lines))
    assert (done.status, done.response_body) == (200, SUCCESS)
    await client.reject(as_a_whole.code, RejectRequest(rejection_reason_other="Πλημμύρα"))
    [short, whole] = [(await client.get(order.code)).order for order in (by_line, as_a_whole)]
    assert [line.rejection_reason for line in short.line_items] == ["limited_stock", None]
    assert whole.rejection_info is not None
    assert whole.rejection_info.reason == "Πλημμύρα"
    assert (short.state, whole.state) == ("rejected", "rejected")


class Trickle(RawIOBase):
    """What can be read only once, and a little at a time."""

    def __init__(self, content: bytes) -> None:
        self._left = memoryview(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        into = memoryview(cast("bytearray", buffer))
        given = self._left[: min(len(into), 10_000)]
        into[: len(given)] = given
        self._left = self._left[len(given) :]
        return len(given)


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(content), 50_000):
        yield content[at : at + 50_000]


@proves("invoices.multipart", "invoices.success", "invoices.one-a-order", "invoices.types")
async def test_an_invoice_however_it_is_given(
    shop: Shop, client: OrdersClient, flavour: Flavour, tmp_path: Path
) -> None:
    order = await shop.accepted()
    path = tmp_path / "τιμολόγιο «1».pdf"
    path.write_bytes(LARGE)
    files: list[tuple[AsyncInvoiceFile, bytes]] = [
        (path, LARGE),
        (str(path), LARGE),
        (PNG, PNG),
        (BytesIO(LARGE), LARGE),
        (cast("BinaryIO", Trickle(LARGE)), LARGE),
        (JPEG, JPEG),
    ]
    if not flavour.sync:
        files.append((pieces(LARGE), LARGE))
    for file, content in files:
        done = await client.upload_invoice(order.code, file)
        assert (done.status, done.response_body, done.request_body) == (200, SUCCESS, b"")
        url = (await client.get(order.code)).order.uploaded_invoice_file or ""
        assert (await shop.caller.get(urlsplit(url).path, {})).body == content


@proves("ready.marks", "not-ready.marks", "transport.success")
async def test_an_order_is_marked_ready_and_not_ready_again(
    shop: Shop, client: OrdersClient
) -> None:
    order = await shop.accepted()
    for mark, ready in ((client.set_as_ready, True), (client.set_as_not_ready, False)):
        assert (await mark(order.code)).response_body == SUCCESS
        assert (await client.get(order.code)).order.is_ready_for_dispatch is ready


@proves("tracking.body", "tracking.replaces", "transport.success")
async def test_parcels_are_told_of(shop: Shop, client: OrdersClient) -> None:
    code = await entered(shop, "order_fbm", OrderState.ACCEPTED)
    for told in (("1",), ("2", "3")):
        details = (TrackingDetail(courier="gls", tracking_code=each) for each in told)
        done = await client.tracking_details(code, TrackingRequest(tracking_details=tuple(details)))
        assert done.response_body == SUCCESS
        assert (await client.get(code)).order.courier_tracking_codes == told


@proves("trigger.success", "transport.success")
async def test_events_of_all_four_kinds(shop: Shop, client: OrdersClient) -> None:
    for kind in WebhookTrigger:
        assert (await client.trigger_webhook_request("DEMO-OPEN", kind)).response_body == SUCCESS
    waiting = await events(shop.database, f"DEMO-OPEN/{shop.merchant.id}")
    assert [event.order.code for event in waiting] == ["DEMO-OPEN"] * 4
    changed = [
        event.changes and set(msgspec.json.decode(encode(event.changes))) for event in waiting
    ]
    assert [(event.event_type, names) for event, names in zip(waiting, changed, strict=True)] == [
        ("new_order", None),
        ("order_updated", {"courier_voucher", "courier_tracking_codes"}),
        ("order_updated", {"expires_at", "dispatch_until"}),
        ("order_updated", {"state"}),
    ]


@pytest.mark.parametrize("slash", ["", "/"])
async def test_a_base_url_with_and_without_a_slash(
    shop: Shop, flavour: Flavour, slash: str
) -> None:
    order = await shop.ordered()
    async with client_of(flavour, shop.caller.url + slash, shop.token) as client:
        await client.accept(order.code, acceptance_of(order))
        await client.upload_invoice(order.code, PDF)
        assert (await client.get(order.code)).order.state == "accepted"


@proves("transport.vendor-setting")
async def test_another_vendor_on_both_sides(market: Market, shop: Shop, flavour: Flavour) -> None:
    order = await shop.ordered()
    renamed = app.web(settings("unused", vendor="agora"), market.database)
    async with (
        serving(renamed) as url,
        client_of(flavour, url, shop.token, vendor="agora") as client,
        client_of(flavour, url, shop.token) as stranger,
    ):
        await client.accept(order.code, acceptance_of(order))
        await client.upload_invoice(order.code, PDF)
        assert (await client.get(order.code)).order.state == "accepted"
        with pytest.raises(NotSupported) as refused:
            await stranger.get(order.code)
    [message] = refused.value.messages
    assert message == "The Accept header must admit application/vnd.agora+json; version=3.0"


@proves("transport.one-token", "transport.unauthorized")
async def test_a_token_that_is_renewed_meanwhile(
    shop: Shop, flavour: Flavour, client: OrdersClient
) -> None:
    order = await shop.ordered()
    await client.get(order.code)
    new = await merchants.renew_token(shop.database, shop.merchant.id)
    for each in tried(shop, order.code, []):
        error = await raised(client, each)
        assert type(error) is Unauthorized
        assert error.errors == (ErrorItem(code="Unauthorized", messages=("unauthorized",)),)
    async with client_of(flavour, shop.caller.url, new) as renewed:
        assert (await renewed.get(order.code)).order.state == "open"


@pytest.mark.parametrize("code", ["a/b", "Ω 1", "%2e", "x" * 64, "\0"])
async def test_a_code_that_nobody_has_is_not_found(client: OrdersClient, code: str) -> None:
    with pytest.raises(OrdersApiError) as caught:
        await client.get(code)
    assert type(caught.value) is NotFound
