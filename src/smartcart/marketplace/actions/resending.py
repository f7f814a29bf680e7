"""An order's latest event, sent again because somebody asked for it (contract §5)."""

from msgspec.structs import replace

from smartcart import outbox
from smartcart.kit import journal
from smartcart.kit.clock import Clock, micros, utc_now
from smartcart.kit.database import Conflict, Database, WriteSet
from smartcart.marketplace.actions import loading
from smartcart.marketplace.actions.telling import webhook
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from smartcart.marketplace.storage import changes, orders


async def resend(database: Database, code: str, clock: Clock = utc_now) -> None:
    """Queue the order's latest event once more, unchanged, with requests of its own.

    It takes its place behind the order's events that are still to be sent. Raises `Refused` for an
    order of which nothing was ever told, or whose shop is told nothing any more.
    """
    while True:
        order = await loading.order(database, code)
        merchant = await loading.merchant(database, order.merchant_id)
        if not merchant.is_told_by_webhook:
            raise Refused(RefusalCode.MERCHANT, "webhook: it is off for this shop, or has no URL")
        told = await outbox.entries(database, f"webhook/{code}")
        if not told:
            raise Refused(RefusalCode.ORDER_STATUS, "Order has no event yet.")
        now = clock()
        again = replace(order, version=order.version + 1, events=order.events + 1)
        history = journal.step(code, micros(now), "resent", {"event": told[-1].seq})
        changed = changes.made(again, micros(now))
        kept = WriteSet(guards=(orders.updated(order, again),), effects=(history, changed))
        entry = webhook(again, told[-1].payload, now)
        try:
            await database.commit(kept + outbox.enqueue(entry, micros(now)))
        except Conflict:
            continue
        return
