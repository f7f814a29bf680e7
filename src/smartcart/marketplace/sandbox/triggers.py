"""Events of demo orders, for a shop that asks for one at its live webhook URL (contract §3, §6)."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec.structs import replace
from starlette.exceptions import HTTPException

from smartcart import outbox
from smartcart.contract import Event, OrderState, encode, parse_event
from smartcart.kit.clock import Clock, micros, utc_now
from smartcart.kit.database import Conflict, Database
from smartcart.marketplace.actions.telling import WEBHOOKS
from smartcart.marketplace.domain import events, operations
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.sandbox.demo import Demo
from smartcart.marketplace.storage import demo_events
from smartcart.marketplace.storage.demo_events import Told

MOST_WAITING = 10
"""So many events of one demo order may wait to be sent to one shop."""

_SENT_AFTER = timedelta(seconds=2)
_MOST_AHEAD = timedelta(seconds=10)
_EXTENDED_BY = timedelta(hours=24)
_TRY_AGAIN = {"Retry-After": "10"}
_UNTRIGGERED = {"DEMO-RETURN"}


class Trigger(StrEnum):
    """The kinds of event a shop may ask for, named as in the path (contract §3)."""

    CREATION = "creation"
    VOUCHER_UPDATE = "voucher_update"
    EXTENSION = "extension"
    CANCELLATION = "cancellation"


def has_events(demo: Demo) -> bool:
    """Whether events of this demo order can be asked for (contract §3)."""
    return demo.code not in _UNTRIGGERED


async def trigger(database: Database, demo: Demo, kind: Trigger, clock: Clock = utc_now) -> None:
    """Queue an event of this kind for the sender, to the demo order's shop.

    Each is dated after the one before, as a receiver expects of one order's events. Raises a 429
    while too many of them wait, or were asked for faster than one a second.
    """
    key = f"webhook/{demo.code}/{demo.merchant.id}"
    while True:
        now = clock()
        told = await demo_events.told(database, key)
        event = made(demo, kind, _told_at(demo, told), now)
        if told.waiting >= MOST_WAITING or event.event_time > now + _MOST_AHEAD:
            raise HTTPException(429, f"Too many events of {demo.code} wait already.", _TRY_AGAIN)
        entry = outbox.Entry(
            key=key,
            seq=told.seq + 1,
            queue=WEBHOOKS,
            lane=demo.merchant.id,
            kind="webhook",
            payload=encode(event).decode(),
            due=micros(now + _SENT_AFTER),
        )
        try:
            await database.commit(outbox.enqueue(entry, micros(now)))
        except Conflict:
            continue  # somebody asked for another at the same moment
        return


def _told_at(demo: Demo, told: Told) -> datetime:
    """When the demo order's last event is dated."""
    if told.payload:
        return parse_event(told.payload.encode()).event_time
    return demo.created_at


def made(demo: Demo, kind: Trigger, told_at: datetime, now: datetime) -> Event:
    """The event of this kind, later than `told_at`, with the order as it is after it.

    A demo order whose own state does not allow the change is taken at the stage that does, so
    that every kind can be had of every order.
    """
    before, after = _CHANGES[kind](demo, now)
    event = events.event(before, replace(after, told_at=told_at), now)
    assert event is not None, "each of them changes something that events tell of"
    return event


def _creation(demo: Demo, _now: datetime) -> tuple[None, Order]:
    """The order as it is shown, or, as no order begins later in its life, as it was placed."""
    order = demo.shown()
    if order.state in (OrderState.OPEN, OrderState.ACCEPTED):
        return None, order
    return None, demo.accepted() if demo.given.fulfilled_by_skroutz else demo.opened()


def _voucher_update(demo: Demo, _now: datetime) -> tuple[Order, Order]:
    return demo.accepted(), demo.with_voucher()


def _extension(demo: Demo, now: datetime) -> tuple[Order, Order]:
    """The windows stay: what the event offers, the order offers too when it is asked."""
    before = demo.opened()
    after = operations.extend(before, _EXTENDED_BY, now)
    return before, replace(after, windows=before.windows)


def _cancellation(demo: Demo, _now: datetime) -> tuple[Order, Order]:
    """From the state it is shown in; what was rejected is called off as if it were still open."""
    shown = demo.shown()
    before = demo.opened() if shown.state is OrderState.REJECTED else shown
    return before, operations.cancel(before)


_CHANGES: Mapping[Trigger, Callable[[Demo, datetime], tuple[Order | None, Order]]] = {
    Trigger.CREATION: _creation,
    Trigger.VOUCHER_UPDATE: _voucher_update,
    Trigger.EXTENSION: _extension,
    Trigger.CANCELLATION: _cancellation,
}
