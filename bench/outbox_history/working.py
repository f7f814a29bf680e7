"""Entries claimed and settled beside a long record, alone and while retention shortens it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from time import perf_counter

import msgspec

from bench.outbox_history.filling import MERCHANTS, Span
from smartcart import outbox
from smartcart.kit.database import Database
from smartcart.marketplace.actions.telling import WEBHOOKS
from smartcart.outbox import Claim, Delivered, Entry, Keep, Limits, Outcome, Retention, Worker

_ENTRIES, _AT_ONCE = 5_000, 500
_REMOVED_SHARE = 0.2
"""So much of the record is older than what is kept: all of a small one, a part of a large one."""
_REMOVING_SECONDS = 20
_LIMITS = Limits(slots=256, slots_per_lane=16)


async def worked(database: Database, span: Span) -> dict[str, tuple[float, str]]:
    alone = await _rate(database, "alone")
    async with _removing(database, span) as removed:
        beside = await _rate(database, "beside")
    return {
        "claimed and settled": (alone, "/s"),
        "claimed and settled while the record is shortened": (beside, "/s"),
        "entries removed from the record meanwhile": (removed[0], "/s"),
    }


async def _rate(database: Database, name: str) -> float:
    """Entries a second of a backlog, by one worker whose handler does nothing."""
    now = await database.now()
    new = [
        Entry(f"{WEBHOOKS}/{name}-{n}", 1, WEBHOOKS, f"shop-{n % MERCHANTS}", WEBHOOKS, "{}", now)
        for n in range(_ENTRIES)
    ]
    for page in range(0, _ENTRIES, _AT_ONCE):
        await asyncio.gather(
            *(database.commit(outbox.enqueue(one, now)) for one in new[page : page + _AT_ONCE])
        )
    stop = asyncio.Event()
    worker = Worker(database, WEBHOOKS, {WEBHOOKS: _taken}, _LIMITS)
    began = perf_counter()
    working = asyncio.create_task(worker.run(stop))
    while await _is_waiting(database):
        await asyncio.sleep(0.02)
    took = perf_counter() - began
    stop.set()
    await working
    return _ENTRIES / took


async def _taken(_claim: Claim) -> Outcome:
    return Delivered("200")


class _Found(msgspec.Struct):
    found: int


async def _is_waiting(database: Database) -> bool:
    sql = """select coalesce((select 1 from stream where queue = $1 and due is not null limit 1), 0)
             as found"""
    [waiting] = await database.read(_Found, sql, WEBHOOKS)
    return bool(waiting.found)


@asynccontextmanager
async def _removing(database: Database, span: Span) -> AsyncIterator[list[float]]:
    """Retention at work until its time is up or it is done; then entries a second it removed."""
    kept = timedelta(microseconds=int((await database.now()) - span.at(_REMOVED_SHARE)))
    stop, removed = asyncio.Event(), list[float]()
    began = perf_counter()
    sweeping = asyncio.create_task(Retention(database, Keep(kept, kept)).sweep(stop))
    ended = list[float]()
    sweeping.add_done_callback(lambda _: ended.append(perf_counter()))
    yield removed
    await asyncio.wait([sweeping], timeout=max(0, began + _REMOVING_SECONDS - perf_counter()))
    stop.set()
    entries = await sweeping
    await asyncio.sleep(0)
    removed.append(entries / (ended[0] - began))
