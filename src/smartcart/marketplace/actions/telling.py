"""The write set of a change to an order: the order, its event to the merchant, its history.

An event is written down once, whether it is sent or not: for the sender where the shop is told by
webhook, else beside the change. The shop's journal reads both.
"""

from datetime import datetime

from msgspec.structs import replace

from smartcart import outbox
from smartcart.contract import encode
from smartcart.kit import journal
from smartcart.kit.clock import micros
from smartcart.kit.database import Effect, WriteSet
from smartcart.marketplace.domain import events, lifecycle
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.storage import changes, orders

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
    event = None if verb in lifecycle.SILENT else events.event(before, after, now)
    if event is None:
        return _changed(before, after, now, verb, facts, changes.made(after, micros(now)))
    dated = replace(after, told_at=event.event_time)
    payload = encode(event).decode()
    if not merchant.is_told_by_webhook:
        kept = changes.kept(dated, micros(now), payload)
        return _changed(before, dated, now, verb, facts, kept)
    told = replace(dated, events=after.events + 1)
    sent = outbox.enqueue(webhook(told, payload, now), micros(now))
    return _changed(before, told, now, verb, facts, changes.told(told, micros(now))) + sent


def _changed(
    before: Order | None,
    after: Order,
    now: datetime,
    verb: Verb,
    facts: journal.Facts | None,
    entered: Effect,
) -> WriteSet:
    kept = orders.inserted(after) if before is None else orders.updated(before, after)
    history = journal.step(after.code, micros(now), verb.past, facts)
    return WriteSet(guards=(kept,), effects=(history, entered))


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
