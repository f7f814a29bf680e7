"""Orders of every kind as a running marketplace writes them, at each step of their lives.

Our examples say what kinds there are: each is entered as it would begin, and led to the state that
the example is in.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec

from smartcart import outbox
from smartcart.contract import Order as Document
from smartcart.contract import (
    OrderState,
    RejectedLine,
    RejectRequest,
    Return,
    encode,
    parse_order,
)
from smartcart.contract.examples import example, names
from smartcart.contract.vocabulary import OFFERED_REASONS, Actor, ReturnReason
from smartcart.marketplace.actions import operating, placing
from smartcart.marketplace.actions.changing import Act
from smartcart.marketplace.domain.order import DeliveryNote, Order
from tests.contract.published import Json, load
from tests.support.invoices import MULTIPART, PDF, form
from tests.support.market_server import ORDERS, VENDOR_TYPE
from tests.support.market_shop import SUCCESS, Shop
from tests.support.marketplace import TERMS, work_off

_PHONE, _MOBILE = "2810123456", "(+30) 6999999999"
_AN_HOUR = timedelta(hours=1)
_NOTE = DeliveryNote("ΔΑΠ0012408", "https://files.marketplace.example/n/dap-0012408.pdf")
_RETURN = Return(return_uuid="6f0c4b6e-2a57-4d0e-9b1c-0c8f3d5e7a91", tracking_ids=("RET260325771",))


EXAMPLES: dict[str, Json] = {
    name: load(example(name)) for name in (*names("order_"), *names("event_"))
}
"""The bodies among our examples: answers to `GET /:code` and webhook requests."""


async def generated(shop: Shop) -> dict[str, Json]:
    """The same bodies of the same kinds of orders as the shop's marketplace writes them."""
    found: dict[str, Json] = {}
    for name in names("order_"):
        given = parse_order(example(name))
        for state in _beginnings(given):
            order = await _entered(shop, given, state)
            async for _ in _led(shop, order, given):
                found[f"{name}, step {len(found)}"] = load((await shop.get(order.code)).body)
            for entry in await outbox.entries(shop.database, f"webhook/{order.code}"):
                found[f"{name}, {state}, event {entry.seq}"] = load(entry.payload.encode())
    return found


def _beginnings(given: Document) -> tuple[OrderState, ...]:
    """Any order may begin accepted; some kinds are never for the merchant to answer."""
    by_itself = given.fulfilled_by_skroutz or given.shipping_cost is not None or given.express
    return (OrderState.ACCEPTED,) if by_itself else (OrderState.OPEN, OrderState.ACCEPTED)


async def _entered(shop: Shop, given: Document, state: OrderState) -> Order:
    customer = msgspec.structs.replace(given.customer, phone=_PHONE, mobile=_MOBILE)
    beginning = msgspec.structs.replace(given, state=state, customer=customer)
    return await placing.enter(shop.database, shop.merchant.id, beginning, TERMS)


async def _led(shop: Shop, order: Order, given: Document) -> AsyncIterator[None]:
    """Lead it to the state of `given`, as far as that leads there; yields after each step."""
    yield
    if order.state is OrderState.OPEN:
        async for _ in _answered(shop, order, given):
            yield
    if given.invoice and order.state is OrderState.ACCEPTED:
        await _upload_invoice(shop, order)
        yield
    for act in _acts(given):
        await operating.operate(shop.database, order.code, act)
        yield


async def _answered(shop: Shop, order: Order, given: Document) -> AsyncIterator[None]:
    if given.state == OrderState.OPEN:
        await operating.operate(shop.database, order.code, operating.extending(_AN_HOUR))
    elif given.state == OrderState.REJECTED and not _is_undispatched(given):
        assert (await shop.reject(order, encode(_rejection(order, given)))).body == SUCCESS
    else:
        assert (await shop.accept(order)).body == SUCCESS
        yield
        await work_off(shop.database)
    yield


async def _upload_invoice(shop: Shop, order: Order) -> None:
    answer = await shop.caller.post(
        f"{ORDERS}/{order.code}/invoices",
        form(PDF),
        {
            "Authorization": f"Bearer {shop.token}",
            "Accept": VENDOR_TYPE,
            "Content-Type": MULTIPART,
        },
    )
    assert answer.body == SUCCESS


def _acts(given: Document) -> list[Act]:
    """What the operator does to an accepted order until it is as `given`."""
    match given.state:
        case OrderState.REJECTED if _is_undispatched(given):
            return [operating.rejecting_undispatched("Δεν παραδόθηκε εγκαίρως")]
        case OrderState.DISPATCHED:
            return [operating.dispatching(_NOTE)]
        case OrderState.FOR_RETURN:
            return [operating.dispatching(), operating.delivering(), operating.starting_return()]
        case OrderState.RETURNED:
            return [
                operating.dispatching(),
                operating.delivering(),
                operating.starting_return(_RETURN),
                operating.taking_back((), ReturnReason.WRONG_SIZE),
            ]
        case _:
            return []


def _is_undispatched(given: Document) -> bool:
    return given.rejection_info is not None and given.rejection_info.actor == Actor.MARKETPLACE


def _rejection(order: Order, given: Document) -> RejectRequest:
    if given.rejection_info is not None:
        return RejectRequest(rejection_reason_other=given.rejection_info.reason)
    return RejectRequest(
        line_items=tuple(
            RejectedLine(id=line.id, reason_id=reason, available_quantity=0)
            for line, reason in zip(order.lines, OFFERED_REASONS, strict=False)
        )
    )
