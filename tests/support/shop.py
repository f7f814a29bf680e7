"""The merchant half in this process, with real storage and real calls to a real Orders API."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import ClientSession

from smartcart import outbox
from smartcart.client import OrdersClient, Retries
from smartcart.kit import journal
from smartcart.kit.clock import Clock, micros, utc_now
from smartcart.kit.database import Database, WriteSet, open_database
from smartcart.kit.egress import open_session
from smartcart.merchant.actions import work
from smartcart.merchant.actions.answering import Answering
from smartcart.merchant.actions.patience import Patience
from smartcart.merchant.actions.printing import Printing
from smartcart.merchant.actions.reading import Reading
from smartcart.merchant.actions.receiving import receive
from smartcart.merchant.actions.thinking import Thinking
from smartcart.merchant.domain.order import ShopOrder
from smartcart.merchant.domain.policy import Policy
from smartcart.merchant.domain.skus import Sku, Spot
from smartcart.merchant.printing.folder import PrintFolder
from smartcart.merchant.storage import MIGRATIONS, inbox, orders, stock
from smartcart.outbox import Handler, Limits, Worker
from tests.support.order_documents import Json, event
from tests.support.orders_api import TOKEN, OrdersApi
from tests.support.policies import ALWAYS_OPEN

LIMITS = Limits(slots=16, slots_per_lane=16, lease_seconds=30, poll_seconds=0.01)
IMPATIENT = Patience(base_seconds=0.01, cap_seconds=0.05, last_chance_seconds=1)


_BALANCE = """select s.reserved as reserved,
        coalesce((select cast(sum(r.quantity) as bigint) from RESERVATION r
                  where r.shop_uid = s.shop_uid and r.ended is null and r.place = s.place
                  and r.shop_variation_uid = s.shop_variation_uid), 0) as held
    from STOCK s"""


class _Due(msgspec.Struct):
    n: int


class _Count(msgspec.Struct):
    reserved: int
    held: int


@dataclass(frozen=True)
class Shop:
    database: Database
    session: ClientSession
    prints: Path
    handlers: Mapping[str, Handler]
    start: datetime

    async def stock(self, **pieces: int | None) -> None:
        """Products by uid, written `p1001=5`; None is available and uncounted."""
        now = micros(utc_now())
        told = tuple(
            stock.counted(Spot(Sku(*name.removeprefix("p").split("_", 1))), quantity, now)
            for name, quantity in pieces.items()
        )
        await self.database.commit(WriteSet(effects=told))

    async def told(self, document: Json, second: int = 0, kind: str = "order_updated") -> None:
        """An event of this many seconds after the start is received."""
        await receive(self.database, event(document, self.start + timedelta(seconds=second), kind))

    async def settle(self, *, queues: tuple[str, ...] = (work.EVENTS, work.EFFECTS)) -> None:
        """Work until nothing is left to be done."""
        stop = asyncio.Event()
        workers = [Worker(self.database, queue, self.handlers, LIMITS) for queue in queues]
        running = [asyncio.create_task(worker.run(stop)) for worker in workers]
        try:
            async with asyncio.timeout(60):
                while await self._left(queues):
                    await asyncio.sleep(0.005)
        finally:
            stop.set()
            await asyncio.gather(*running)

    async def _left(self, queues: tuple[str, ...]) -> int:
        rows = await self.database.read(
            _Due,
            "select count(*) as n from stream where due is not null and (queue = $1 or queue = $2)",
            queues[0],
            queues[-1],
        )
        return rows[0].n

    async def order(self, code: str) -> ShopOrder:
        found = await orders.find(self.database, code)
        assert found is not None
        return found

    async def steps(self, code: str) -> list[str]:
        return [step.what for step in await journal.history(self.database, code)]

    async def facts(self, code: str, what: str) -> list[Any]:
        history = await journal.history(self.database, code)
        return [json.loads(step.facts) for step in history if step.what == what]

    async def verdicts(self, code: str) -> list[str]:
        kept = await inbox.of_order(self.database, work.events_of(code), 100)
        return [one.verdict for one in kept]

    async def attempts(self, key: str) -> list[tuple[int, int, str]]:
        return [(a.seq, a.n, a.outcome) for a in await outbox.attempts(self.database, key)]

    async def shelf(self) -> dict[str, tuple[int | None, int]]:
        """Quantity and reserved pieces of each product."""
        rows = await stock.page(self.database, Sku(""), 1000)
        return {str(row.sku): (row.quantity, row.reserved) for row in rows}

    async def is_balanced(self) -> bool:
        """Whether every product's reserved pieces are the sum of its open reservations."""
        rows = [
            row
            for stock, reservation in (("stock", "reservation"), ("stock_at", "reservation_at"))
            for row in await self.database.read(
                _Count, _BALANCE.replace("STOCK", stock).replace("RESERVATION", reservation)
            )
        ]
        return all(row.reserved == row.held for row in rows)

    def printed(self) -> list[str]:
        return sorted(file.name for file in self.prints.iterdir()) if self.prints.exists() else []


@asynccontextmanager
async def open_shop(
    database_url: str,
    api: OrdersApi | None,
    folder: Path,
    clock: Clock = utc_now,
    policy: Policy = ALWAYS_OPEN,
) -> AsyncIterator[Shop]:
    """A shop on an empty database that calls `api`."""
    database = await open_database(database_url, MIGRATIONS)
    try:
        async with open_session(allow_private=True) as session:
            url = api.url if api else "http://127.0.0.1:9"
            client = OrdersClient(session, url, TOKEN, timeout=30, retries=Retries.none())
            reading = Reading(database, client, policy, IMPATIENT, clock)
            prints = folder / "prints"
            printing = Printing(database, session, PrintFolder(prints), IMPATIENT, 30, True)
            thinking = Thinking(database, policy, clock)
            handlers: dict[str, Handler] = {
                work.EVENT: thinking.think,
                work.RECONSIDER: thinking.reconsider,
                work.ANSWER: Answering(database, client, reading, IMPATIENT, policy.shadow).send,
                work.READ: reading.read,
                work.VOUCHER: printing.print_voucher,
            }
            start = datetime.now(UTC) - timedelta(minutes=30)
            yield Shop(database, session, prints, handlers, start)
    finally:
        await database.close()
