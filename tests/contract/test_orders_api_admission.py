"""Who may call the Orders API, and in which order that is looked at (contract §2)."""

import pytest

from smartcart.contract import api_media_type
from smartcart.marketplace import app
from smartcart.marketplace.actions import merchants
from tests.contract.conftest import Market
from tests.support.market_server import ORDERS, VENDOR_TYPE, Caller, serving, settings
from tests.support.market_shop import Shop
from tests.support.proving import proves

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNAUTHORIZED = b'{"errors":[{"code":"Unauthorized","messages":["unauthorized"]}]}'
NOT_ACCEPTABLE = (
    406,
    "not_acceptable",
    "The Accept header must admit application/vnd.skroutz+json; version=3.0",
)
TOOL_OFF = (403, "EcommerceMerchantUnauthorized", "The Orders API is switched off for this shop.")


@proves("transport.unauthorized")
@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Bearer TOKENx",
        "Basic TOKEN",
        "TOKEN",
        "Token TOKEN",
        "Bearer λάθος",
        "Bearer " + "x" * 5_000,
    ],
)
async def test_a_missing_or_bad_token(shop: Shop, authorization: str | None) -> None:
    headers = {"Accept": VENDOR_TYPE}
    if authorization is not None:
        headers["Authorization"] = authorization.replace("TOKEN", shop.token)
    order = await shop.ordered()
    for method, path in (("GET", ""), ("POST", "/accept"), ("POST", "/reject")):
        answer = await shop.caller.call(method, f"{ORDERS}/{order.code}{path}", None, headers)
        assert (answer.status, answer.body) == (401, UNAUTHORIZED)
        assert answer.headers["content-type"] == "application/json"


@proves("transport.bearer-token")
@pytest.mark.parametrize("authorization", ["Bearer TOKEN", "bearer TOKEN", "BEARER  TOKEN "])
async def test_the_token_is_what_counts(shop: Shop, authorization: str) -> None:
    headers = {"Accept": VENDOR_TYPE, "Authorization": authorization.replace("TOKEN", shop.token)}
    order = await shop.ordered()
    answer = await shop.caller.get(f"{ORDERS}/{order.code}", headers)
    assert answer.status == 200


@proves("transport.one-token")
async def test_a_new_token_ends_the_old_one_at_once(shop: Shop, market: Market) -> None:
    order = await shop.ordered()
    assert (await shop.get(order.code)).status == 200
    new = await merchants.renew_token(market.database, shop.merchant.id)
    assert (await shop.get(order.code)).body == UNAUTHORIZED
    async with Caller(market.url, new) as renewed:
        assert (await renewed.get(f"{ORDERS}/{order.code}")).status == 200


@proves("transport.accept-required", "transport.not-acceptable")
@pytest.mark.parametrize("accept", [None, "", "text/html", "application/json", "*/*"])
async def test_the_accept_header_must_name_the_vendors_type(shop: Shop, accept: str | None) -> None:
    headers = {"Authorization": f"Bearer {shop.token}", "Accept": accept or ""}
    order = await shop.ordered()
    answer = await shop.caller.get(f"{ORDERS}/{order.code}", headers)
    assert answer.refusal == NOT_ACCEPTABLE


@proves("transport.vendor-setting")
async def test_the_vendors_name_is_a_setting(shop: Shop, market: Market) -> None:
    order = await shop.ordered()
    other = app.web(settings("unused", vendor="agora"), market.database)
    async with (
        serving(other) as url,
        Caller(url, shop.token, api_media_type("agora")) as caller,
        Caller(url, shop.token) as stranger,
    ):
        assert (await caller.get(f"{ORDERS}/{order.code}")).status == 200
        refusal = (await stranger.get(f"{ORDERS}/{order.code}")).refusal
        assert refusal[0] == 406
        assert "application/vnd.agora+json; version=3.0" in refusal[2]


@proves("transport.tool-off", "transport.tool-off-status")
async def test_the_tool_is_switched_off_and_on_again(shop: Shop) -> None:
    order = await shop.ordered()
    await shop.change(orders_api_enabled=False)
    answers = (await shop.get(order.code), await shop.accept(order), await shop.reject(order, {}))
    assert [answer.refusal for answer in answers] == [TOOL_OFF] * 3
    await shop.change(orders_api_enabled=True)
    assert (await shop.accept(order)).status == 200


@proves("transport.order-of-checks", "transport.state-before-options")
async def test_each_check_comes_before_the_next(shop: Shop) -> None:
    """401, 406, 403, 404, the body's shape, the state, the options."""
    order = await shop.accepted()
    unknown, path = f"{ORDERS}/unknown/accept", f"{ORDERS}/{order.code}/accept"
    await shop.change(orders_api_enabled=False)
    nobody = {"Accept": "text/html", "Authorization": "Bearer wrong"}
    known = {"Accept": "text/html", "Authorization": f"Bearer {shop.token}"}
    statuses = [
        (await shop.caller.post(unknown, b"junk", nobody)).status,
        (await shop.caller.post(unknown, b"junk", known)).status,
        (await shop.caller.post(unknown, b"junk")).status,
    ]
    await shop.change(orders_api_enabled=True)
    statuses += [
        (await shop.caller.post(unknown, b"junk")).status,
        (await shop.caller.post(path, b"junk")).status,
    ]
    assert statuses == [401, 406, 403, 404, 400]
    wrong_shape = await shop.accept(order, {"pickup_location": "x", "pickup_window": "soon"})
    assert wrong_shape.refusal[:2] == (422, "pickup_window")
    wrong_options = await shop.accept(order, {"pickup_location": "x", "pickup_window": 99})
    assert wrong_options.refusal == (422, "order_status", "Order already accepted.")
