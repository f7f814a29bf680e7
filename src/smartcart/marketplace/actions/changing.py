"""A change of one order: load, decide, commit; load and decide again when somebody was first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from smartcart import outbox
from smartcart.kit import journal
from smartcart.kit.clock import Clock, micros, utc_now
from smartcart.kit.database import Conflict, Database, WriteSet
from smartcart.marketplace.actions import loading
from smartcart.marketplace.actions.telling import change
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import Order

WORK = "work"


def _no_facts(_after: Order) -> journal.Facts:
    return {}


def _nothing(_after: Order, _now: datetime) -> WriteSet:
    return WriteSet()


@dataclass(frozen=True, slots=True)
class Act:
    """What is to be done to an order, not done yet.

    `decide` gives the order after it or raises `Refused`; `facts` are for its history; what `also`
    gives is committed with it.
    """

    verb: Verb
    decide: Callable[[Order, datetime], Order]
    facts: Callable[[Order], journal.Facts] = _no_facts
    also: Callable[[Order, datetime], WriteSet] = _nothing


async def carry_out(
    database: Database, merchant: Merchant, order: Order, act: Act, clock: Clock = utc_now
) -> Order:
    """Change `order`, as it was just loaded; returns it as it is then, or raises `Refused`."""
    before = order
    while True:
        now = clock()
        after = act.decide(before, now)
        told = change(before, after, merchant, now, act.verb, act.facts(after))
        try:
            await database.commit(told + act.also(after, now))
        except Conflict:
            before = await loading.order(database, order.code)
            continue
        return after


def work(kind: str, order: Order, now: datetime, due: datetime | None = None) -> WriteSet:
    """Work of ours that follows for the order, at once or when it is `due`."""
    entry = outbox.Entry(
        key=f"{kind}/{order.code}",
        seq=1,
        queue=WORK,
        lane=order.merchant_id,
        kind=kind,
        payload=order.code,
        due=micros(due or now),
    )
    return outbox.enqueue(entry, micros(now))
