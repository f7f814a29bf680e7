"""Our own client against our own server: every call, and every refusal as its exception."""

from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio
from aiohttp import ClientSession

from smartcart.client import (
    NotFound,
    OrdersApiError,
    OrdersClient,
    Refused,
    RejectedLine,
    RejectRequest,
    ToolOff,
    Unauthorized,
    Unprocessable,
    open_session,
)
from smartcart.contract import parse_pickup_label
from tests.contract.conftest import Market
from tests.support.market_shop import Shop
from tests.support.marketplace import acceptance_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def session() -> AsyncIterator[ClientSession]:
    async with open_session(allow_private=True) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def client(session: ClientSession, market: Market, shop: Shop) -> OrdersClient:
    return OrdersClient(session, market.url, shop.token)


async def test_an_order_is_fetched_and_accepted_by_what_it_offers(
    shop: Shop, client: OrdersClient
) -> None:
    order = await shop.ordered()
    fetched = (await client.get(order.code)).order
    options = fetched.accept_options
    assert options is not None
    request = acceptance_of(
        order,
        pickup_location=options.pickup_location[0].id,
        pickup_window=options.pickup_window[1].id,
        number_of_parcels=options.number_of_parcels[-1],
    )
    done = await client.accept(order.code, request)
    assert done.status == 200
    accepted = (await client.get(order.code)).order
    meant = parse_pickup_label(options.pickup_window[1].label)
    assert meant is not None
    assert accepted.pickup_window is not None
    assert (accepted.pickup_window.start, accepted.pickup_window.end) == (meant.start, meant.end)
    assert (accepted.state, accepted.number_of_parcels) == ("accepted", 3)


async def test_both_forms_of_reject(shop: Shop, client: OrdersClient) -> None:
    by_line, as_a_whole = await shop.ordered(), await shop.ordered()
    lines = (RejectedLine(id=by_line.lines[0].id, reason_id=1),)
    await client.reject(by_line.code, RejectRequest(line_items=lines))
    await client.reject(as_a_whole.code, RejectRequest(rejection_reason_other="Πλημμύρα"))
    for order in (by_line, as_a_whole):
        assert (await client.get(order.code)).order.state == "rejected"


async def test_every_refusal_is_the_right_exception(
    shop: Shop, market: Market, session: ClientSession, client: OrdersClient
) -> None:
    order = await shop.ordered()
    wrong = msgspec.structs.replace(acceptance_of(order), pickup_location="elsewhere")
    with pytest.raises(Unprocessable) as refused:
        await client.accept(order.code, wrong)
    assert (refused.value.status, refused.value.code) == (422, "pickup_location")
    with pytest.raises(Unprocessable) as refused:
        await client.reject(
            order.code, RejectRequest(line_items=(RejectedLine(id="elsewhere", reason_id=1),))
        )
    assert refused.value.code == "line_items"
    await client.accept(order.code, acceptance_of(order))
    with pytest.raises(Unprocessable) as refused:
        await client.accept(order.code, acceptance_of(order))
    assert refused.value.messages == ("Order already accepted.",)
    with pytest.raises(NotFound) as not_found:
        await client.get("260312-9999999")
    assert (not_found.value.code, not_found.value.messages) == (
        "order_error", ("Order not found",),
    )  # fmt: skip
    with pytest.raises(Unauthorized):
        await OrdersClient(session, market.url, "wrong").get(order.code)
    with pytest.raises(Refused) as unacceptable:
        await OrdersClient(session, market.url, shop.token, vendor="other").get(order.code)
    assert unacceptable.value.status == 406
    await shop.change(orders_api_enabled=False)
    with pytest.raises(ToolOff):
        await client.get(order.code)


@pytest.mark.parametrize("code", ["a/b", "Ω 1", "%2e", "x" * 64, "\0"])
async def test_a_code_that_nobody_has_is_not_found(client: OrdersClient, code: str) -> None:
    with pytest.raises(OrdersApiError) as error:
        await client.get(code)
    assert isinstance(error.value, NotFound)
