"""Every refusal of the Orders API, brought about for real, by the name of its call."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import msgspec

from smartcart.contract import Order, OrderState, parse_order
from smartcart.contract.examples import example
from smartcart.contract.vocabulary import MAX_INVOICE_BYTES
from smartcart.marketplace.actions import placing
from smartcart.marketplace.api import table
from smartcart.marketplace.api.operation import Operation
from tests.contract.conftest import Market
from tests.support.invoices import MULTIPART, PDF, form
from tests.support.market_server import VENDOR_TYPE, Answer
from tests.support.market_shop import Shop
from tests.support.marketplace import SHOP, TERMS

Refusal = tuple[str, int, str, str]
"""The call, status, code and message."""

CHOICE: Mapping[str, object] = {"pickup_location": SHOP.id, "pickup_window": 1}
OTHER = {"rejection_reason_other": "Απογραφή"}
PARCEL = {"tracking_details": [{"courier": "acs", "tracking_code": "1"}]}
BODIES: Mapping[str, object] = {
    table.ACCEPT.name: CHOICE,
    table.REJECT.name: OTHER,
    table.TRACK.name: PARCEL,
    table.UPLOAD_INVOICE.name: form(PDF),
}
"""A body that will do, for each call that wants one."""


async def call(
    shop: Shop,
    operation: Operation,
    code: str,
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Call it properly, unless told otherwise."""
    sent = BODIES.get(operation.name) if body is None else body
    data = sent if isinstance(sent, bytes | None) else msgspec.json.encode(sent)
    path = operation.path.format(code=code, kind="creation")
    chosen = {"Authorization": f"Bearer {shop.token}", "Accept": VENDOR_TYPE} | dict(headers or {})
    if operation is table.UPLOAD_INVOICE:
        chosen["Content-Type"] = MULTIPART
    return await shop.caller.call(operation.method, path, data, chosen)


async def provoked(market: Market) -> set[Refusal]:
    """All of them."""
    found: set[Refusal] = set()
    async with market.shop() as shop:
        for source in (_admission, _accepting, _rejecting, _parcels, _invoices, _bodies):
            found |= {each async for each in source(market, shop)}
    return found


async def _refused(
    shop: Shop,
    operation: Operation,
    code: str,
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> Refusal:
    answer = await call(shop, operation, code, body, headers)
    return (operation.name, *answer.refusal)


async def _admission(market: Market, shop: Shop) -> AsyncIterator[Refusal]:
    for each in table.OPERATIONS:
        yield await _refused(shop, each, "DEMO-OPEN", headers={"Authorization": "Bearer no"})
        yield await _refused(shop, each, "DEMO-OPEN", headers={"Accept": "text/html"})
        yield await _refused(shop, each, "DEMO-OTHER")
        async with market.shop(orders_api_enabled=False) as off:
            yield await _refused(off, each, "DEMO-OPEN")
    async with market.shop(webhook_enabled=False) as silent:
        yield await _refused(silent, table.TRIGGER, "DEMO-OPEN")
    while (answer := await call(shop, table.TRIGGER, "DEMO-OPEN")).status == 200:
        pass
    yield (table.TRIGGER.name, *answer.refusal)


async def _bodies(_market: Market, shop: Shop) -> AsyncIterator[Refusal]:
    for each in (table.ACCEPT, table.REJECT, table.TRACK):
        for body in (b"[]", b" " * (table.MOST_BYTES + 1)):
            yield await _refused(shop, each, "DEMO-OPEN", body)


async def _accepting(_market: Market, shop: Shop) -> AsyncIterator[Refusal]:
    for code in ("DEMO-ACCEPTED", "DEMO-REJECTED", await _express(shop), await _expired(shop)):
        yield await _refused(shop, table.ACCEPT, code)
    wrongs: tuple[Mapping[str, object], ...] = (
        {"pickup_location": None},
        {"pickup_location": "elsewhere"},
        {"pickup_window": None},
        {"pickup_window": 99},
        {"pickup_window": "tomorrow"},
        {"number_of_parcels": 4},
        {"number_of_parcels": []},
    )
    for wrong in wrongs:
        yield await _refused(shop, table.ACCEPT, "DEMO-OPEN", {**CHOICE, **wrong})


async def _rejecting(_market: Market, shop: Shop) -> AsyncIterator[Refusal]:
    for code in ("DEMO-ACCEPTED", "DEMO-REJECTED", await _express(shop), await _expired(shop)):
        yield await _refused(shop, table.REJECT, code)
    order = await shop.ordered({"A": 3})
    line = {"id": order.lines[0].id, "reason_id": 1}
    for wrong in (
        [],
        [line, line],
        [{"id": line["id"]}],
        [{**line, "id": "nothing"}],
        [{**line, "reason_id": 6}],
        [{**line, "reason_id": 4}],
        [{**line, "reason_id": 4, "available_quantity": 3}],
    ):
        yield await _refused(shop, table.REJECT, order.code, {"line_items": wrong})
    yield await _refused(shop, table.REJECT, order.code, {"rejection_reason_other": []})


async def _parcels(_market: Market, shop: Shop) -> AsyncIterator[Refusal]:
    for each in (table.SET_AS_READY, table.SET_AS_NOT_READY, table.TRACK):
        yield await _refused(shop, each, "DEMO-OPEN")
    placed = await _entered(shop, "order_fbm", OrderState.OPEN)
    yield await _refused(shop, table.TRACK, placed)
    fbm = await _entered(shop, "order_fbm", OrderState.ACCEPTED)
    for details in (
        [],
        None,
        [{"courier": "elta", "tracking_code": "1"}],
        [{"courier": "acs", "tracking_code": ""}],
    ):
        yield await _refused(shop, table.TRACK, fbm, {"tracking_details": details})


async def _invoices(_market: Market, shop: Shop) -> AsyncIterator[Refusal]:
    yield await _refused(shop, table.UPLOAD_INVOICE, "DEMO-OPEN")
    for body in (b"", form(b"PK\x03\x04"), form(PDF + bytes(MAX_INVOICE_BYTES))):
        yield await _refused(shop, table.UPLOAD_INVOICE, "DEMO-ACCEPTED", body)


async def _expired(shop: Shop) -> str:
    order = await shop.ordered(hours=1e-9)
    await asyncio.sleep(0.001)
    return order.code


async def _express(shop: Shop) -> str:
    return await _entered(shop, "order_express", OrderState.OPEN)


async def _entered(shop: Shop, name: str, state: OrderState) -> str:
    """An order like our example of that name, as it was in `state`."""
    given: Order = msgspec.structs.replace(parse_order(example(name)), state=state)
    return (await placing.enter(shop.database, shop.merchant.id, given, TERMS)).code
