"""Commits new orders at a pace: `python -m bench.sender.paced DATABASE SINK RATE COUNT`.

Every write set is ready before the first is due, each placed at the moment at which it is going to
be committed, and none waits for another. On SQLite, which one process has to itself, our sender
runs here too. Prints a JSON object: the moment before each order's commit (seconds since the
epoch), by its code.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from bench.sender.load import Load, load
from smartcart.kit import loop
from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database, WriteSet, trouble_with_parts
from smartcart.kit.egress import open_session
from smartcart.marketplace.actions.telling import WEBHOOKS, change
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.settings import MarketplaceSettings
from smartcart.marketplace.webhook.sender import Sender
from smartcart.marketplace.webhook.signer import Signer
from smartcart.outbox import Limits, Worker
from tests.support.marketplace import add_merchant, opened

_TO_PREPARE = 0.001
"""Seconds an order, mostly."""


class _Placed(NamedTuple):
    at: datetime
    code: str
    write_set: WriteSet


async def main(url: str, sink: str, rate: float, count: int) -> None:
    work = load(count, sink)
    async with opened(url) as database:
        for merchant in work.merchants:
            await add_merchant(database, merchant)
        ready = _ready(work, rate)
        if not trouble_with_parts(url, "marketplace", ("sender",)):
            _print(await _commit(database, ready))
        else:
            await _beside_sender(database, ready)


def _ready(work: Load, rate: float) -> list[_Placed]:
    """All of them, ready before the first is to be committed."""
    seconds = 1 + len(work.orders) * _TO_PREPARE
    while True:
        start = utc_now() + timedelta(seconds=seconds)
        placed = list(_placed(work, start, rate))
        if utc_now() < start:
            return placed
        seconds *= 2


def _placed(work: Load, start: datetime, rate: float) -> Iterator[_Placed]:
    shops = {merchant.id: merchant for merchant in work.merchants}
    for number, order in enumerate(work.orders):
        at = start + timedelta(seconds=number / rate)
        write_set = change(None, order, shops[order.merchant_id], at, Verb.PLACE)
        yield _Placed(at, order.code, write_set)


async def _beside_sender(database: Database, ready: list[_Placed]) -> None:
    """Sends until standard input closes."""
    settings = MarketplaceSettings()
    limits = Limits(
        slots=settings.webhook_slots,
        slots_per_lane=settings.webhook_slots_per_merchant,
        lease_seconds=settings.lease_seconds,
        poll_seconds=settings.poll_seconds,
        durable_tries=False,
    )
    stop = asyncio.Event()
    async with open_session(True, connections=settings.webhook_slots) as session:
        sender = Sender(
            database,
            session,
            settings.schedule,
            settings.user_agent,
            settings.webhook_timeout_seconds,
            Signer(database, settings.seal).headers,
        )
        worker = Worker(database, WEBHOOKS, {"webhook": sender.send}, limits)
        sending = asyncio.create_task(worker.run(stop))
        _print(await _commit(database, ready))
        await asyncio.to_thread(sys.stdin.read)
        stop.set()
        await sending


async def _commit(database: Database, ready: list[_Placed]) -> dict[str, float]:
    began: dict[str, float] = {}

    async def one(code: str, write_set: WriteSet) -> None:
        began[code] = time.time()
        await database.commit(write_set)

    async with asyncio.TaskGroup() as commits:
        for placed in ready:
            if (early := (placed.at - utc_now()).total_seconds()) > 0:
                await asyncio.sleep(early)
            commits.create_task(one(placed.code, placed.write_set))
    return began


def _print(began: dict[str, float]) -> None:
    print(msgspec.json.encode(began).decode(), flush=True)


if __name__ == "__main__":
    loop.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])))
