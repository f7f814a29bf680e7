"""The write set of a change to an order: the order, its event to the merchant, its history."""

from datetime import datetime

from msgspec.structs import replace

from smartcart import outbox
from smartcart.contract import Event, encode
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
    event = _event(before, after, merchant, verb, now)
    told = replace(after, events=after.events + 1, told_at=event.event_time) if event else after
    kept = orders.inserted(told) if before is None else orders.updated(before, told)
    history = journal.step(after.code, micros(now), verb.past, facts)
    write_set = WriteSet(guards=(kept,), effects=(history,))
    if event is None:
        return write_set
    return write_set + outbox.enqueue(webhook(told, encode(event).decode(), now), micros(now))


def _event(
    before: Order | None, after: Order, merchant: Merchant, verb: Verb, now: datetime
) -> Event | None:
    if verb in lifecycle.SILENT or not merchant.is_told_by_webhook:
        return None
    return events.event(before, after, now)


def webhook(told: Order, payload: str, now: datetime) -> outbox.Entry:
    """The order's next event, for the sender."""
    return outbox.Entry(
        key=f"webhook/{told.code}",
        seq=told.events,
        queue=WEBHOOKS,
        lane=told.merchant_id,
        kind="webhook",
        payload=payload,
        due=micros(now),
    )
