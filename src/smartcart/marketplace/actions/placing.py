"""Place orders: a cart, one order for each merchant in it; or a single one, written out."""

from collections.abc import Sequence
from datetime import datetime

from smartcart import contract
from smartcart.contract import ATHENS, OrderState
from smartcart.kit import journal
from smartcart.kit.clock import Clock, utc_now
from smartcart.kit.database import Conflict, Database, WriteSet
from smartcart.marketplace.actions import loading, minting
from smartcart.marketplace.actions.answering import voucher_work
from smartcart.marketplace.actions.changing import work
from smartcart.marketplace.actions.telling import change
from smartcart.marketplace.domain import entering, operations, placement
from smartcart.marketplace.domain.codes import order_code
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.domain.placement import Cart, CartLine, Offers, Terms
from smartcart.marketplace.storage import offers, orders


async def hand_in(
    database: Database, given: Cart | contract.Order, merchant_id: str, terms: Terms
) -> list[Order]:
    """Place what was written down, whichever it is; a cart's lines name their own merchants."""
    if isinstance(given, Cart):
        return await place(database, given, terms)
    return [await enter(database, merchant_id, given, terms)]


async def enter(
    database: Database,
    merchant_id: str,
    given: contract.Order,
    terms: Terms,
    clock: Clock = utc_now,
) -> Order:
    """Place an order written out as the contract writes one; raises `Refused` naming the field."""
    merchant = await loading.merchant(database, merchant_id)
    line_ids = tuple(minting.identifier() for _ in given.line_items)
    while True:
        now = clock()
        order = entering.entered(given, _code(now), merchant, line_ids, terms, now)
        original = await orders.find(database, order.replaced) if order.replaced else None
        facts: journal.Facts = {"merchant": merchant.name, "total_cents": order.total_cents}
        told = change(None, order, merchant, now, entering.placing_verb(given), facts)
        linked = _linked(original, order, merchant, now)
        try:
            await database.commit(told + linked + _following(order, terms, now))
        except Conflict:
            continue  # a code that is taken, or an original that was changed: once more
        return order


def _linked(original: Order | None, order: Order, merchant: Merchant, now: datetime) -> WriteSet:
    """The order that `order` replaces names it too; one that is not the merchant's is let be."""
    if original is None or original.merchant_id != merchant.id:
        return WriteSet()
    after = operations.replaced_by(original, order.code, order.replacement_type)
    return change(original, after, merchant, now, Verb.REPLACE, {"by": order.code})


def _following(order: Order, terms: Terms, now: datetime) -> WriteSet:
    if order.express and order.state is OrderState.OPEN:
        return work("express", order, now, due=now + terms.express_after)
    return voucher_work(order, now)


def _code(now: datetime) -> str:
    return order_code(now.astimezone(ATHENS).date(), minting.order_number())


async def place(
    database: Database, cart: Cart, terms: Terms, clock: Clock = utc_now
) -> list[Order]:
    """Returns the orders placed; raises `Refused` when the cart cannot be ordered as it is."""
    offered = await offers.find(database, [line.sku for line in cart.lines])
    placement.check(cart, offered)
    parts = [
        (await loading.merchant(database, merchant_id), lines)
        for merchant_id, lines in placement.split(cart).items()
    ]
    while True:
        now = clock()
        placed = [_place(part, cart, offered, terms, now) for part in parts]
        try:
            await database.commit(_all(parts, placed, now))
        except Conflict:
            continue  # a code that is taken: mint others
        return placed


def _place(
    part: tuple[Merchant, Sequence[CartLine]],
    cart: Cart,
    offered: Offers,
    terms: Terms,
    now: datetime,
) -> Order:
    merchant, lines = part
    items = tuple(
        placement.line_item(line, offered[line.sku], minting.identifier()) for line in lines
    )
    return placement.placed(_code(now), merchant, cart, items, terms, now)


def _all(
    parts: Sequence[tuple[Merchant, Sequence[CartLine]]], placed: Sequence[Order], now: datetime
) -> WriteSet:
    whole = WriteSet()
    for (merchant, _), order in zip(parts, placed, strict=True):
        facts: journal.Facts = {"merchant": merchant.name, "total_cents": order.total_cents}
        whole += change(None, order, merchant, now, Verb.PLACE, facts)
    return whole
