"""Every refusal of the Orders API, brought about for real, by the name of its call."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from itertools import chain

import msgspec

from smartcart.contract import Order, OrderState, api_media_type, parse_order
from smartcart.contract.examples import example
from smartcart.contract.vocabulary import DEFAULT_VENDOR, JSON_MEDIA_TYPE, MAX_INVOICE_BYTES
from smartcart.marketplace.actions import placing
from smartcart.marketplace.api import admission, table
from smartcart.marketplace.api.errors import told
from smartcart.marketplace.api.operation import Operation
from tests.contract.conftest import Market
from tests.support.invoices import MULTIPART, PDF, form
from tests.support.market_server import Answer
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
    table.UPLOAD_INVOICE.name: PDF,
}
"""A body that will do, for each call that wants one."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call of `shop`'s, proper but for what is given here.

    `body` is a document to be written as JSON, or the content of a file called `filename`; None is
    one that will do. An empty `token` is the shop's own.
    """

    shop: Shop
    operation: Operation
    code: str
    body: object = None
    kind: str = "creation"
    filename: str = "invoice.pdf"
    token: str = ""
    vendor: str = DEFAULT_VENDOR

    @property
    def sent(self) -> object:
        return BODIES.get(self.operation.name) if self.body is None else self.body

    @property
    def sender(self) -> str:
        return self.token or self.shop.token


async def call(attempt: Attempt) -> Answer:
    """Make it over HTTP."""
    headers = {
        "Authorization": f"Bearer {attempt.sender}",
        "Accept": api_media_type(attempt.vendor),
        "Content-Type": MULTIPART if isinstance(attempt.sent, bytes) else JSON_MEDIA_TYPE,
    }
    path = attempt.operation.path.format(code=attempt.code, kind=attempt.kind)
    return await attempt.shop.caller.call(attempt.operation.method, path, _body(attempt), headers)


def _body(attempt: Attempt) -> bytes | None:
    if attempt.sent is None:
        return None
    if isinstance(attempt.sent, bytes):
        named = f'form-data; name="invoice_file"; filename="{attempt.filename}"'
        return form(attempt.sent, named)
    return msgspec.json.encode(attempt.sent)


async def provoked(market: Market) -> set[Refusal]:
    """All of them, over HTTP."""
    return {
        (attempt.operation.name, *(await call(attempt)).refusal)
        async for attempt in attempts(market)
    }


def tabled() -> set[Refusal]:
    """All of them, as the table of operations tells them."""
    anybody = (
        admission.unauthorized(),
        admission.not_acceptable(DEFAULT_VENDOR),
        admission.tool_off(),
    )
    return {
        (operation.name, *told(error))
        for operation in table.OPERATIONS
        for error in chain(anybody, (each.error for each in operation.refusals))
    }


async def attempts(market: Market) -> AsyncIterator[Attempt]:
    """What is refused, each to be made before the next is asked for."""
    async with market.shop() as shop:
        for source in (_admission, _accepting, _rejecting, _parcels, _invoices, _bodies):
            async for attempt in source(market, shop):
                yield attempt


async def _admission(market: Market, shop: Shop) -> AsyncIterator[Attempt]:
    async with market.shop() as other:
        theirs = (await other.ordered()).code
    for each in table.OPERATIONS:
        yield Attempt(shop, each, "DEMO-OPEN", token="no")
        yield Attempt(shop, each, "DEMO-OPEN", vendor="other")
        yield Attempt(shop, each, "DEMO-OTHER")
        yield Attempt(shop, each, theirs)
        async with market.shop(orders_api_enabled=False) as off:
            yield Attempt(off, each, "DEMO-OPEN")
    async with market.shop(webhook_enabled=False) as silent:
        yield Attempt(silent, table.TRIGGER, "DEMO-OPEN")
    once_more = Attempt(shop, table.TRIGGER, "DEMO-OPEN")
    while (await call(once_more)).status == 200:
        pass
    yield once_more


async def _bodies(_market: Market, shop: Shop) -> AsyncIterator[Attempt]:
    wrongs: tuple[object, ...] = ([], {"more": "x" * table.MOST_BYTES})
    for each in (table.ACCEPT, table.REJECT, table.TRACK):
        for wrong in wrongs:
            yield Attempt(shop, each, "DEMO-OPEN", wrong)


async def _accepting(_market: Market, shop: Shop) -> AsyncIterator[Attempt]:
    for code in ("DEMO-ACCEPTED", "DEMO-REJECTED", await _express(shop), await _expired(shop)):
        yield Attempt(shop, table.ACCEPT, code)
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
        yield Attempt(shop, table.ACCEPT, "DEMO-OPEN", {**CHOICE, **wrong})


async def _rejecting(_market: Market, shop: Shop) -> AsyncIterator[Attempt]:
    for code in ("DEMO-ACCEPTED", "DEMO-REJECTED", await _express(shop), await _expired(shop)):
        yield Attempt(shop, table.REJECT, code)
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
        yield Attempt(shop, table.REJECT, order.code, {"line_items": wrong})
    yield Attempt(shop, table.REJECT, order.code, {"rejection_reason_other": []})


async def _parcels(_market: Market, shop: Shop) -> AsyncIterator[Attempt]:
    for each in (table.SET_AS_READY, table.SET_AS_NOT_READY, table.TRACK):
        yield Attempt(shop, each, "DEMO-OPEN")
    placed = await entered(shop, "order_fbm", OrderState.OPEN)
    yield Attempt(shop, table.TRACK, placed)
    fbm = await entered(shop, "order_fbm", OrderState.ACCEPTED)
    for details in (
        [],
        None,
        [{"courier": "elta", "tracking_code": "1"}],
        [{"courier": "acs", "tracking_code": ""}],
    ):
        yield Attempt(shop, table.TRACK, fbm, {"tracking_details": details})


async def _invoices(_market: Market, shop: Shop) -> AsyncIterator[Attempt]:
    yield Attempt(shop, table.UPLOAD_INVOICE, "DEMO-OPEN")
    for content in (b"PK\x03\x04", PDF + bytes(MAX_INVOICE_BYTES)):
        yield Attempt(shop, table.UPLOAD_INVOICE, "DEMO-ACCEPTED", content)
    beside_the_file = "i" * 70_000
    yield Attempt(shop, table.UPLOAD_INVOICE, "DEMO-ACCEPTED", filename=beside_the_file)


async def _expired(shop: Shop) -> str:
    order = await shop.ordered(hours=1e-9)
    await asyncio.sleep(0.001)
    return order.code


async def _express(shop: Shop) -> str:
    return await entered(shop, "order_express", OrderState.OPEN)


async def entered(shop: Shop, name: str, state: OrderState) -> str:
    """An order like our example of that name, as it was in `state`."""
    given: Order = msgspec.structs.replace(parse_order(example(name)), state=state)
    return (await placing.enter(shop.database, shop.merchant.id, given, TERMS)).code
