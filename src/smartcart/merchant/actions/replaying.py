"""Decide what was decided again, by another policy; nothing is written."""

from collections.abc import AsyncIterator
from datetime import datetime

from smartcart.contract import Order
from smartcart.kit.clock import micros, utc_now
from smartcart.kit.database import Database
from smartcart.merchant.actions.documents import read_document
from smartcart.merchant.domain.comparing import Comparison, again, compared
from smartcart.merchant.domain.deciding import decide
from smartcart.merchant.domain.order import ShopOrder
from smartcart.merchant.domain.policy import Policy
from smartcart.merchant.domain.shelves import Shelf, Stock
from smartcart.merchant.domain.skus import UNCOUNTED, wanted
from smartcart.merchant.storage import inbox, orders, stock

_AT_ONCE = 200


async def history(database: Database, policy: Policy) -> AsyncIterator[Comparison | None]:
    """Every order of the shop, the newest first; None for one that cannot be decided again.

    That is one of which nothing was decided, or whose document or stock was not kept.
    """
    before, code = micros(utc_now()) + 1, ""
    while rows := await orders.page(
        database, status="", before=before, before_code=code, limit=_AT_ONCE
    ):
        before, code = rows[-1].created_at, rows[-1].code
        for row in rows:
            yield await _again(database, row.order(), policy)


async def _again(database: Database, order: ShopOrder, policy: Policy) -> Comparison | None:
    decided = order.decided
    if decided is None:
        return None
    body = await inbox.body(database, decided.grounds.source)
    document = read_document(body) if body else None
    return again(document, decided, policy) if document else None


async def present(database: Database, order: Order) -> Stock:
    """What the shop's stock says now of the products of an order."""
    return await stock.shelves(database, wanted(order.line_items).keys())


def plenty(order: Order) -> Stock:
    """A stock in which everything that the order asks for is there."""
    return {sku: Shelf({"": UNCOUNTED}) for sku in wanted(order.line_items)}


def by_both(order: Order, there: Stock, before: Policy, after: Policy) -> Comparison:
    """An order of nobody's history, decided by two policies when it came in."""
    now: datetime = order.created_at or utc_now()
    return compared(order, decide(order, there, now, before), decide(order, there, now, after))
