"""The write set of a change to an order: the order, its event to the merchant, its history."""

from datetime import datetime

from msgspec.structs import replace

from smartcart import outbox
from smartcart.contract import encode
from smartcart.kit import journal
from smartcart.kit.clock import micros
from smartcart.kit.database import WriteSet
from smartcart.marketplace.domain import events, lifecycle
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.storage import orders

WEBHOOKS = "webhook"


def change(
    before: Order | None,
    after: Order,
    merchant: Merchant,
    now: datetime,
    verb: Verb,
    facts: journal.Facts | None = None,
) -> WriteSet:
    """Everything that a transition commits; whole or not at all."""
    silent = verb in lifecycle.SILENT or not merchant.is_told_by_webhook
    told = after if silent else _told(after, now)
    kept = orders.inserted(told) if before is None else orders.updated(before, told)
    write_set = WriteSet(
        guards=(kept,), effects=(journal.step(after.code, micros(now), verb.past, facts),)
    )
    if told.events == after.events:
        return write_set
    return write_set + outbox.enqueue(_webhook(before, told, now), micros(now))


def _told(order: Order, now: datetime) -> Order:
    return replace(order, events=order.events + 1, told_at=events.time_to_tell(order, now))


def _webhook(before: Order | None, after: Order, now: datetime) -> outbox.Entry:
    return outbox.Entry(
        key=f"webhook/{after.code}",
        seq=after.events,
        queue=WEBHOOKS,
        lane=after.merchant_id,
        kind="webhook",
        payload=encode(events.event(before, after, now)).decode(),
        due=micros(now),
    )
