"""Place a cart: one order for each merchant in it, all of them or none."""

from collections.abc import Sequence
from datetime import datetime

from smartcart.contract import ATHENS
from smartcart.kit import journal
from smartcart.kit.clock import Clock, utc_now
from smartcart.kit.database import Conflict, Database, WriteSet
from smartcart.marketplace.actions import loading, minting
from smartcart.marketplace.actions.telling import change
from smartcart.marketplace.domain import placement
from smartcart.marketplace.domain.codes import order_code
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.domain.placement import Cart, CartLine, Offers, Terms
from smartcart.marketplace.storage import offers


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
    code = order_code(now.astimezone(ATHENS).date(), minting.order_number())
    return placement.placed(code, merchant, cart, items, terms, now)


def _all(
    parts: Sequence[tuple[Merchant, Sequence[CartLine]]], placed: Sequence[Order], now: datetime
) -> WriteSet:
    whole = WriteSet()
    for (merchant, _), order in zip(parts, placed, strict=True):
        facts: journal.Facts = {"merchant": merchant.name, "total_cents": order.total_cents}
        whole += change(None, order, merchant, now, "placed", facts)
    return whole
