"""Orders of every kind as a running marketplace writes them, at each step of their lives.

Our examples say what kinds there are: each is entered as it would begin, and led to the state that
the example is in.
"""

from collections.abc import AsyncIterator

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
from tests.support.market_shop import SUCCESS, Shop
from tests.support.marketplace import TERMS, work_off

_NOTE = DeliveryNote("ΔΑΠ0012408", "https://files.marketplace.example/n/dap-0012408.pdf")
_RETURN = Return(return_uuid="6f0c4b6e-2a57-4d0e-9b1c-0c8f3d5e7a91", tracking_ids=("RET260325771",))


async def our_documents(shop: Shop) -> dict[str, Json]:
    """Our examples, and what the shop's marketplace writes of orders of the same kinds.

    Bodies as decoded JSON, each under a name for people: those of `GET /:code`, `{"order": …}`,
    and those of webhook requests.
    """
    found = {name: load(example(name)) for name in (*names("order_"), *names("event_"))}
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
    beginning = msgspec.structs.replace(given, state=state)
    return await placing.enter(shop.database, shop.merchant.id, beginning, TERMS)


async def _led(shop: Shop, order: Order, given: Document) -> AsyncIterator[None]:
    """Lead it to the state of `given`, as far as that leads there; yields after each step."""
    yield
    if given.state == OrderState.OPEN:
        return
    is_open = order.state is OrderState.OPEN
    if is_open and given.state == OrderState.REJECTED and not _is_undispatched(given):
        assert (await shop.reject(order, encode(_rejection(order, given)))).body == SUCCESS
        yield
        return
    if is_open:
        assert (await shop.accept(order)).body == SUCCESS
        yield
        await work_off(shop.database)
        yield
    for act in _acts(given):
        await operating.operate(shop.database, order.code, act)
        yield


def _acts(given: Document) -> list[Act]:
    """What the operator does to an accepted order until it is as `given`."""
    match given.state:
        case OrderState.REJECTED:
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
