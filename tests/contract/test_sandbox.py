"""Every call on every demo order, and the published demo documents beside ours (contract §6)."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from smartcart.contract import parse_order
from tests.contract.conftest import Market
from tests.contract.published import each, load
from tests.contract.shapes import Shape, common
from tests.support.market_server import ORDERS, VENDOR_TYPE, Answer
from tests.support.market_shop import SUCCESS, Shop
from tests.support.marketplace import SHOP
from tests.support.proving import proves

pytestmark = pytest.mark.asyncio(loop_scope="module")

Told = bytes | tuple[int, str, str]
"""A success, or a refusal's status, code and message."""

STATES = {
    "DEMO-ACCEPTED": "accepted",
    "DEMO-FBS": "accepted",
    "DEMO-FBS-DISPATCHED": "dispatched",
    "DEMO-FEES": "open",
    "DEMO-INVOICE": "open",
    "DEMO-INVOICE-VIES": "open",
    "DEMO-INVOICE39A": "open",
    "DEMO-OPEN": "open",
    "DEMO-REJECTED": "rejected",
    "DEMO-REPLACED": "open",
    "DEMO-REPLACEMENT": "accepted",
    "DEMO-RETURN": "accepted",
    "DEMO-STORE-PICKUP": "open",
}
OPEN = [code for code, state in STATES.items() if state == "open"]
ACCEPTED_WORD: Mapping[str, Told] = {
    "open": SUCCESS,
    "accepted": (422, "order_status", "Order already accepted."),
    "rejected": (422, "order_status", "Order is rejected."),
    "dispatched": (422, "order_status", "Order is dispatched."),
}
REJECTED_WORD: Mapping[str, Told] = {
    "open": SUCCESS,
    "accepted": (422, "order_status", "Order is accepted."),
    "rejected": (422, "order_status", "Order already rejected."),
    "dispatched": (422, "order_status", "Order is dispatched."),
}
NOT_READY: Told = (422, "order_error", "Order is not eligible to be marked as ready")
NO_UNDO: Told = (422, "order_error", "Order is not eligible for undo")
NOT_FBM: Told = (422, "order_error", "Order is not fulfilled by merchant")
NOT_FOUND: Told = (404, "order_error", "Order not found")
INVOICE = (
    b'--b\r\nContent-Disposition: form-data; name="invoice_file"; filename="i.pdf"\r\n\r\n'
    b"%PDF-1.4\r\n--b--\r\n"
)
KINDS = ("creation", "voucher_update", "extension", "cancellation")
# What the published DEMO-REPLACEMENT calls its replacements is what we call what it replaced (§6);
# details that are null there are left out here, as everywhere (§4).
ELSEWHERE = {".order.replacements", ".order.invoice_details"}


def told(answer: Answer) -> Told:
    return answer.body if answer.status == 200 else answer.refusal


async def call(shop: Shop, code: str, path: str, body: object = None) -> Told:
    return told(await shop.caller.post(f"{ORDERS}/{code}/{path}", body))


def choice(code: str, location: str = SHOP.id) -> dict[str, object]:
    """What may always be chosen of it."""
    window = {} if code == "DEMO-STORE-PICKUP" else {"pickup_window": 1}
    return {"pickup_location": location, "number_of_parcels": 1} | window


@proves("demo.every-shop")
@pytest.mark.parametrize("code", STATES)
async def test_every_shop_is_shown_it_with_its_own_locations(market: Market, code: str) -> None:
    for locations in ((SHOP,), (SHOP, type(SHOP)("Vf3gWh4iXj", SHOP.address))):
        async with market.shop(locations=locations) as shop:
            order = await shop.shown(code)
            assert (order.code, order.state) == (code, STATES[code])
            options = order.accept_options
            assert (options is not None) == (order.reject_options is not None) == (code in OPEN)
            if options is not None:
                assert [one.id for one in options.pickup_location] == [one.id for one in locations]


@proves("demo.accepted-refuses", "demo.fbs-refuses", "demo.persists-nothing")
@pytest.mark.parametrize("code", STATES)
async def test_accepting(shop: Shop, code: str) -> None:
    expected = ACCEPTED_WORD[STATES[code]]
    for _ in range(2):
        assert await call(shop, code, "accept", choice(code)) == expected


@proves("demo.accepted-refuses")
@pytest.mark.parametrize("code", STATES)
async def test_accepting_with_what_is_not_on_offer(shop: Shop, code: str) -> None:
    """The state is looked at before the options, as with any order (§2)."""
    wrong: Told = (
        422,
        "pickup_location",
        f"pickup_location 'elsewhere' is not among the order's accept_options: {SHOP.id}.",
    )
    expected = wrong if code in OPEN else ACCEPTED_WORD[STATES[code]]
    assert await call(shop, code, "accept", choice(code, "elsewhere")) == expected


@pytest.mark.parametrize("code", OPEN)
async def test_everything_it_offers_may_be_chosen(shop: Shop, code: str) -> None:
    options = (await shop.shown(code)).accept_options
    assert options is not None
    windows: list[int | None] = [window.id for window in options.pickup_window]
    for window in windows or [None]:
        for parcels in options.number_of_parcels:
            chosen = choice(code) | {"number_of_parcels": parcels, "pickup_window": window}
            assert await call(shop, code, "accept", chosen) == SUCCESS


async def test_an_accept_that_will_not_do(shop: Shop) -> None:
    no_window = {"pickup_location": SHOP.id}
    assert await call(shop, "DEMO-OPEN", "accept", no_window) == (
        422, "pickup_window", "pickup_window is required; one of: 1, 2, 3, 4, 5.",
    )  # fmt: skip
    too_many = choice("DEMO-OPEN") | {"number_of_parcels": 4}
    assert await call(shop, "DEMO-OPEN", "accept", too_many) == (
        422, "number_of_parcels",
        "number_of_parcels 4 is not among the order's accept_options: 1, 2, 3.",
    )  # fmt: skip


@proves("demo.rejected-refuses", "demo.persists-nothing")
@pytest.mark.parametrize("code", STATES)
async def test_rejecting(shop: Shop, code: str) -> None:
    expected = REJECTED_WORD[STATES[code]]
    [line, *_] = (await shop.shown(code)).line_items
    limited = {"id": line.id, "reason_id": 4, "available_quantity": line.quantity - 1}
    for body in ({"line_items": [limited]}, {"rejection_reason_other": "Κλειστά λόγω απογραφής"}):
        for _ in range(2):
            assert await call(shop, code, "reject", body) == expected


@pytest.mark.parametrize("code", OPEN)
async def test_a_reject_that_will_not_do(shop: Shop, code: str) -> None:
    unknown = {"line_items": [{"id": "nothing", "reason_id": 1}]}
    assert await call(shop, code, "reject", unknown) == (
        422, "line_items", "'nothing' is not a line of this order.",
    )  # fmt: skip


@pytest.mark.parametrize("code", STATES)
async def test_readiness(shop: Shop, code: str) -> None:
    may_be_packed = code in ("DEMO-ACCEPTED", "DEMO-REPLACEMENT")
    for _ in range(2):
        expected = SUCCESS if may_be_packed else NOT_READY
        assert await call(shop, code, "set_as_ready") == expected
        expected = SUCCESS if code == "DEMO-RETURN" else NO_UNDO
        assert await call(shop, code, "set_as_not_ready") == expected


@pytest.mark.parametrize("code", STATES)
async def test_tracking(shop: Shop, code: str) -> None:
    body = {"tracking_details": [{"courier": "acs", "tracking_code": "1"}]}
    assert await call(shop, code, "tracking_details", body) == NOT_FBM


@pytest.mark.parametrize("code", STATES)
async def test_invoices(shop: Shop, code: str) -> None:
    not_yet: Told = (
        422, "order_status", "Failed to upload invoice. Order must be accepted first.",
    )  # fmt: skip
    expected = SUCCESS if STATES[code] in ("accepted", "dispatched") else not_yet
    before = (await shop.shown(code)).uploaded_invoice_file
    for _ in range(2):
        answer = await shop.caller.post(f"{ORDERS}/{code}/invoices", INVOICE, upload(shop))
        assert told(answer) == expected
    assert (await shop.shown(code)).uploaded_invoice_file == before


def upload(shop: Shop) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {shop.token}",
        "Accept": VENDOR_TYPE,
        "Content-Type": "multipart/form-data; boundary=b",
    }


@proves("trigger.success", "trigger.demo-return")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", STATES)
async def test_triggers(shop: Shop, code: str, kind: str) -> None:
    expected = NOT_FOUND if code == "DEMO-RETURN" else SUCCESS
    bodies: tuple[object, ...] = (None, {}, b"whatever")
    for body in bodies:
        assert await call(shop, code, f"trigger_webhook_request/{kind}", body) == expected


@proves("trigger.unknown-order")
async def test_only_demo_orders_have_triggers(shop: Shop) -> None:
    order = await shop.ordered()
    for code in (order.code, "DEMO-XYZ", "DEMO-open", "260312-0000000", "%00"):
        for kind in KINDS:
            assert await call(shop, code, f"trigger_webhook_request/{kind}") == NOT_FOUND
    unknown: Told = (404, "not_found", "Not Found")
    for kind in ("", "deletion", "Creation", "creation/"):
        assert await call(shop, "DEMO-OPEN", f"trigger_webhook_request/{kind}") == unknown


@proves("trigger.tool-off")
async def test_without_a_webhook_there_is_nothing_to_trigger(market: Market) -> None:
    for off in ({"webhook_enabled": False}, {"webhook_url": ""}):
        async with market.shop(**off) as shop:
            for code in ("DEMO-OPEN", "DEMO-RETURN", "DEMO-XYZ"):
                assert await call(shop, code, "trigger_webhook_request/creation") == (
                    403, "EcommerceMerchantUnauthorized",
                    "The Webhook is switched off for this shop.",
                )  # fmt: skip
            assert (await shop.shown("DEMO-OPEN")).state == "open"


async def test_a_code_that_is_no_demo_orders(shop: Shop) -> None:
    for code in ("DEMO-XYZ", "demo-open", "DEMO-OPEN-1", "DEMO"):
        assert (await shop.get(code)).refusal == NOT_FOUND
        for path in ("accept", "reject", "set_as_ready", "set_as_not_ready", "tracking_details"):
            assert await call(shop, code, path, b"{") == NOT_FOUND


async def test_checks_come_in_the_order_of_any_orders(shop: Shop, market: Market) -> None:
    path = f"{ORDERS}/DEMO-ACCEPTED/accept"
    nobody = await shop.caller.post(path, b"{", {})
    assert nobody.refusal[0] == 401
    bearer = {"Authorization": f"Bearer {shop.token}"}
    assert (await shop.caller.post(path, b"{", {**bearer, "Accept": "text/html"})).refusal[0] == 406
    assert (await shop.caller.post(path, b"[")).refusal[0] == 400
    assert (await shop.caller.post(path, {"pickup_window": "x"})).refusal[0] == 422
    async with market.shop(orders_api_enabled=False) as closed:
        assert (await closed.get("DEMO-OPEN")).refusal[0] == 403
        assert (await closed.get("DEMO-XYZ")).refusal[0] == 403


async def test_other_methods_are_refused_in_json(shop: Shop) -> None:
    for method, path in (
        ("PUT", ""), ("DELETE", ""), ("POST", ""), ("GET", "/accept"), ("PUT", "/reject"),
        ("GET", "/trigger_webhook_request/creation"), ("PUT", "/trigger_webhook_request/creation"),
    ):  # fmt: skip
        answer = await shop.caller.call(method, f"{ORDERS}/DEMO-OPEN{path}", None, None)
        assert answer.refusal == (405, "method_not_allowed", "Method Not Allowed")


@pytest.mark.parametrize("code", STATES)
async def test_its_papers_are_there_for_anybody(market: Market, shop: Shop, code: str) -> None:
    order = await shop.shown(code)
    named = {
        "voucher": order.courier_voucher,
        "delivery_note": order.fbs_delivery_note_url,
        "invoice": order.uploaded_invoice_file,
    }
    for paper, url in named.items():
        path = f"/sandbox/{code}/{paper}.pdf"
        assert url is None or url.endswith(path)
        answer = await shop.caller.get(path, {})
        # Every order may be told of with a voucher, also one that has none yet.
        if url is None and paper != "voucher":
            assert answer.refusal == (404, "not_found", "There is no such paper.")
        else:
            assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
            assert answer.body.startswith(b"%PDF")


async def test_there_are_no_other_papers(shop: Shop) -> None:
    for path in ("DEMO-XYZ/voucher", "DEMO-OPEN/nothing", "DEMO-OPEN/", "260312-0000000/voucher"):
        assert (await shop.caller.get(f"/sandbox/{path}.pdf", {})).refusal[0] == 404


@each("api_demo_*.json")
async def test_what_the_published_document_carries_ours_does(shop: Shop, path: Path) -> None:
    code, shape = published(path)
    ours = load((await shop.get(code)).body)
    assert set(shape.missing(ours)) <= ELSEWHERE
    assert shape.mistyped(ours) == []


def published(path: Path) -> tuple[str, Shape]:
    """The code of a published demo order, and what its document carries."""
    document = path.read_bytes()
    return parse_order(document).code, common([load(document)])
