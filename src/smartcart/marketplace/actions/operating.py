"""What the operator and the clock do to an order: cancel, extend, expire."""

from collections.abc import Callable
from datetime import datetime, timedelta

from smartcart.kit.clock import Clock, utc_now
from smartcart.kit.database import Conflict, Database
from smartcart.marketplace.actions import loading
from smartcart.marketplace.actions.telling import change
from smartcart.marketplace.domain import answers
from smartcart.marketplace.domain.order import Order

Decision = Callable[[Order, datetime], Order]


async def cancel(database: Database, code: str, clock: Clock = utc_now) -> None:
    """The customer or support calls the order off."""
    await _change(database, code, "cancelled", lambda order, _now: answers.cancel(order), clock)


async def extend(database: Database, code: str, by: timedelta, clock: Clock = utc_now) -> None:
    """Give the merchant `by` more time."""
    await _change(
        database, code, "extended", lambda order, now: answers.extend(order, by, now), clock
    )


async def expire(database: Database, code: str, clock: Clock = utc_now) -> None:
    """End an order that was not answered in time."""
    await _change(database, code, "expired", answers.expire, clock)


async def _change(database: Database, code: str, what: str, decide: Decision, clock: Clock) -> None:
    """Raises `Refused` when the order's state does not allow it."""
    while True:
        now = clock()
        before = await loading.order(database, code)
        merchant = await loading.merchant(database, before.merchant_id)
        after = decide(before, now)
        try:
            await database.commit(change(before, after, merchant, now, what))
        except Conflict:
            continue
        return
