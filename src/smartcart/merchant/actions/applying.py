"""Apply what was told of an order: what is known of it, reserved, and to be done, in one set."""

from dataclasses import dataclass
from datetime import datetime

from smartcart import outbox
from smartcart.kit import journal
from smartcart.kit.clock import micros
from smartcart.kit.database import Database, WriteSet
from smartcart.merchant.actions import work
from smartcart.merchant.domain.decisions import Accept, Reject
from smartcart.merchant.domain.folding import Folded, asks_for_holding, asks_for_stock, fold
from smartcart.merchant.domain.order import ShopOrder, Status, Told
from smartcart.merchant.domain.policy import Policy
from smartcart.merchant.domain.reservations import changes
from smartcart.merchant.domain.shelves import Stock
from smartcart.merchant.domain.skus import Held, wanted
from smartcart.merchant.storage import orders, prints, stock


@dataclass(frozen=True, slots=True)
class Applied:
    """An order after what was told of it, and the write set that makes it so.

    The set is a conflict when the order, or the stock it was decided from, has changed meanwhile:
    then load, and apply again.
    """

    order: ShopOrder
    write_set: WriteSet


async def apply(
    database: Database, before: ShopOrder | None, told: Told, policy: Policy, now: datetime
) -> Applied:
    """Load what the decision needs, and decide. Nothing is written here."""
    held: Held = {}
    if before is not None and asks_for_holding(before, told.document):
        held = await stock.held(database, before.code)
    left: Stock = {}
    if asks_for_stock(before, told.document):
        left = await stock.shelves(database, wanted(told.document.line_items).keys())
    folded = fold(before, told, held, left, now, policy)
    write_set = _write_set(before, folded, held, micros(now))
    if before is not None and before.status is Status.ACCEPTED and folded.order.is_off:
        write_set += await _called_back(database, folded.order, micros(now))
    return Applied(folded.order, write_set)


async def _called_back(database: Database, order: ShopOrder, now: int) -> WriteSet:
    """An order that was being packed is off: somebody must take the parcel out of the way."""
    printed = await prints.of_order(database, order.code)
    if not printed:
        return WriteSet()
    facts: journal.Facts = {"state": order.state, "file": printed[-1].file}
    return WriteSet(effects=(journal.step(order.code, now, "packed_in_vain", facts),))


def _write_set(before: ShopOrder | None, folded: Folded, held: Held, now: int) -> WriteSet:
    order = folded.order
    steps = tuple(journal.step(order.code, now, step.what, step.facts) for step in folded.steps)
    whole = WriteSet(guards=(orders.saved(before, order, now),), effects=steps)
    ending = stock.HANDED_OVER if order.status is Status.HANDED_OVER else stock.RELEASED
    holding = held if folded.holding is None else folded.holding
    for change in changes(held, holding):
        whole += stock.changed(order.code, change, ending, now)
    if folded.answers and isinstance(order.decision, Accept | Reject):
        whole += outbox.enqueue(work.answering(order, order.decision.request(), now), now)
    if folded.prints:
        whole += outbox.enqueue(work.printing(order, now), now)
    return whole
