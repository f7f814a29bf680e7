"""Events that were given up, sent again: in order per order, each once, in batches of any size.

What a shop wants after an outage. Whoever stops in the middle begins again and goes on: an event
that was sent again is not found any more, and two who do this at once share the work.
"""

import asyncio
from collections.abc import Sequence, Set
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from smartcart import outbox
from smartcart.kit import journal
from smartcart.kit.clock import Clock, micros, utc_now
from smartcart.kit.database import Conflict, Database, WriteSet
from smartcart.marketplace.actions.telling import webhook
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.storage import changes, merchants, orders
from smartcart.outbox import Exhausted, Place, Span
from smartcart.outbox import exhausted as given_up


class Batch(Struct, frozen=True):
    """How many events were sent again, and how many were not because nobody is told any more.

    `reached` is where the next batch begins, None when this was the last.
    """

    resent: int
    skipped: int
    reached: Place | None


async def redeliver(
    database: Database, span: Span, after: Place, limit: int, clock: Clock = utc_now
) -> Batch:
    """Queue the next events of `span` once more, at most `limit`, those given up first first.

    Each is a new event with the old payload behind what its order has still to be told, with
    requests of its own.
    """
    found = await given_up.exhausted(database, span, after, limit)
    by_order = groupby(sorted(found, key=lambda one: (one.key, one.seq)), key=lambda one: one.key)
    about = [_Events(database, tuple(events), clock) for _, events in by_order]
    known = await orders.find_all(database, [events.code for events in about])
    told = await _told(database, {one.lane for one in found})
    ended = await asyncio.gather(*(one.resend(known.get(one.code), told) for one in about))
    return Batch(
        resent=sum(resent for resent, _ in ended),
        skipped=sum(skipped for _, skipped in ended),
        reached=found[-1].place if len(found) == limit else None,
    )


async def _told(database: Database, merchant_ids: Set[str]) -> Set[str]:
    """Those of the merchants that are told by webhook."""
    found = await merchants.find_all(database, list(merchant_ids)) if merchant_ids else {}
    return {merchant.id for merchant in found.values() if merchant.is_told_by_webhook}


class _Events:
    """Events of one order, in order."""

    def __init__(self, database: Database, events: Sequence[Exhausted], clock: Clock) -> None:
        self._database = database
        self._events = events
        self._clock = clock
        self.code = events[0].key.removeprefix("webhook/")

    async def resend(self, order: Order | None, told: Set[str]) -> tuple[int, int]:
        """How many of them were, and how many are told to nobody; those of others not at all.

        `order` is as it was read just now, `told` are the merchants that are told anything.
        """
        events = self._events
        while events:
            if order is None or order.merchant_id not in told:
                return 0, len(events)
            try:
                await self._database.commit(self._again(order, events))
            except Conflict:
                done = await given_up.written_again(self._database, events[0].key)
                events = tuple(one for one in events if one.seq not in done)
                order = await orders.find(self._database, self.code)
                continue
            return len(events), 0
        return 0, 0

    def _again(self, order: Order, events: Sequence[Exhausted]) -> WriteSet:
        now = self._clock()
        at = micros(now)
        last = replace(order, version=order.version + 1, events=order.events + len(events))
        whole = WriteSet((orders.updated(order, last),), (changes.made(last, at),))
        for seq, event in enumerate(events, start=order.events + 1):
            entry = webhook(replace(last, events=seq), event.payload, now)
            resent = given_up.resent(event.key, event.seq, seq, at)
            step = journal.step(order.code, at, "resent", {"event": event.seq})
            whole += WriteSet((resent,), (step,)) + outbox.enqueue(entry, at)
        return whole
