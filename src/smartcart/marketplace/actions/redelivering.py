"""Events that were given up, sent again: in order per order, each once, in batches of any size.

What a shop wants after an outage. Whoever stops in the middle begins again and goes on: an event
that was sent again is not found any more, and two who do this at once share the work.
"""

import asyncio
from collections.abc import Iterable, Sequence, Set
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from smartcart.kit import journal
from smartcart.kit.clock import Clock, micros, utc_now
from smartcart.kit.database import Conflict, Database, WriteSet
from smartcart.marketplace.actions.telling import WEBHOOKS
from smartcart.marketplace.storage import changes, merchants, orders
from smartcart.marketplace.storage.orders import Counters
from smartcart.outbox import Exhausted, Place, Span, again
from smartcart.outbox import exhausted as given_up
from smartcart.outbox.storage import Copies


class Batch(Struct, frozen=True):
    """How many events were sent again, and how many were not because nobody is told any more.

    `reached` is where the next batch begins, None when this was the last.
    """

    resent: int
    skipped: int
    reached: Place | None


class _Events(Struct, frozen=True):
    """Events of one order, in order, and what the order counted when it was read."""

    order: Counters
    events: tuple[Exhausted, ...]

    @property
    def copies(self) -> Copies:
        """What they are written as: the next events of the order."""
        seqs = tuple(event.seq for event in self.events)
        return Copies(
            f"{WEBHOOKS}/{self.order.code}", self.order.merchant_id, seqs, self.order.events + 1
        )

    @property
    def told(self) -> Counters:
        """What the order counts when they are written."""
        events = self.order.events + len(self.events)
        return replace(self.order, version=self.order.version + 1, events=events)


async def redeliver(
    database: Database, span: Span, after: Place, limit: int, clock: Clock = utc_now
) -> Batch:
    """Queue the next events of `span` once more, at most `limit`, those given up first first.

    Each is a new event with the old payload behind what its order has still to be told, with
    requests of its own. One write set has them all; when somebody else was at one of the orders
    meanwhile, there is one for each order.
    """
    found = await given_up.exhausted(database, span, after, limit)
    told = await _told(database, {one.lane for one in found.entries})
    events = await _of_orders(database, found.entries, told)
    resent = await _resent(database, events, clock) if events else 0
    skipped = len(found.entries) - sum(len(one.events) for one in events)
    return Batch(resent, skipped, found.reached)


async def _resent(database: Database, events: Sequence[_Events], clock: Clock) -> int:
    """How many of them were sent again here."""
    try:
        await database.commit(_again(events, clock))
    except Conflict:
        return sum(await asyncio.gather(*(_of_one_order(database, one, clock) for one in events)))
    return sum(len(one.events) for one in events)


async def _told(database: Database, merchant_ids: Set[str]) -> Set[str]:
    """Those of the merchants that are told by webhook."""
    found = await merchants.find_all(database, list(merchant_ids)) if merchant_ids else {}
    return {merchant.id for merchant in found.values() if merchant.is_told_by_webhook}


async def _of_orders(
    database: Database, found: Iterable[Exhausted], told: Set[str]
) -> list[_Events]:
    """By order, without those of demo orders, and of merchants that are told nothing."""
    by_key = groupby(sorted(found, key=lambda one: (one.key, one.seq)), key=lambda one: one.key)
    of_order = {_code(key): tuple(events) for key, events in by_key}
    known = await orders.counters(database, list(of_order))
    return [
        _Events(known[code], events)
        for code, events in of_order.items()
        if code in known and known[code].merchant_id in told
    ]


async def _of_one_order(database: Database, one: _Events, clock: Clock) -> int:
    """The same of the events of one order, without those that somebody else sent."""
    while one.events:
        try:
            await database.commit(_again([one], clock))
        except Conflict:
            one = await _as_it_is_now(database, one)
        else:
            break
    return len(one.events)


async def _as_it_is_now(database: Database, one: _Events) -> _Events:
    """What is left to be sent again; nothing when the order or its events are no longer kept."""
    kept = await again.not_written_again(database, one.copies.key)
    found = await orders.counters(database, [one.order.code])
    left = tuple(event for event in one.events if event.seq in kept)
    return _Events(found[one.order.code], left) if found else _Events(one.order, ())


def _again(events: Sequence[_Events], clock: Clock) -> WriteSet:
    at = micros(clock())
    told = [(one.order, one.told) for one in events]
    steps: list[tuple[str, journal.Facts]] = [
        (one.order.code, {"event": event.seq}) for one in events for event in one.events
    ]
    copies = [one.copies for one in events]
    guards = orders.told(told)
    effects = changes.all_made([after for _, after in told], at) + journal.steps(
        steps, at, "resent"
    )
    return WriteSet(guards, effects) + again.written(copies, WEBHOOKS, at)


def _code(key: str) -> str:
    return key.removeprefix(f"{WEBHOOKS}/")
