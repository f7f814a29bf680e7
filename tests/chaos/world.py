"""The programs of a chaos run, and the looks it takes into their databases meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from smartcart.kit.database import Database, DatabaseError, Value, open_database
from smartcart.marketplace.storage import MIGRATIONS as MARKETPLACE
from smartcart.merchant.storage import MIGRATIONS as MERCHANT
from tests.chaos.plan import SHELF, Plan
from tests.support.apart import PARTS, WHOLE, Apart, running_apart
from tests.support.balancer import Faults
from tests.support.postgres import Server, lasting_postgres, new_database
from tests.support.programs import provision

LEASE_SECONDS = 5.0
# As the contract's, 4 requests each, on a shorter scale.
SETTINGS = {
    "SMARTCART_MARKETPLACE_WEBHOOK_RETRY_SECONDS": "1,4,15",
    "SMARTCART_MARKETPLACE_WEBHOOK_WITHIN_SECONDS": "60",
    "SMARTCART_MARKETPLACE_WEBHOOK_TIMEOUT_SECONDS": "4",
    "SMARTCART_MARKETPLACE_LEASE_SECONDS": f"{LEASE_SECONDS}",
    "SMARTCART_MERCHANT_LEASE_SECONDS": f"{LEASE_SECONDS}",
    "SMARTCART_MERCHANT_REQUEST_TIMEOUT_SECONDS": "4",
    "SMARTCART_MERCHANT_RETRY_CAP_SECONDS": "5",
    "SMARTCART_MERCHANT_RECONCILE_SECONDS": "10",
    "SMARTCART_MERCHANT_REREAD_MINUTES": "1",
}


R = TypeVar("R", bound=Struct)


class _Count(Struct):
    n: int


@dataclass
class World:
    """Both halves running, their databases, and what the balancers before them do."""

    apart: Apart
    market: Database
    shop: Database
    faults: dict[str, Faults]
    postgres: Server | None

    async def unfinished(self) -> int:
        """Streams of either outbox with something still to be done."""
        sql = "select count(*) as n from stream where due is not null"
        found = [await look(database, _Count, sql) for database in (self.market, self.shop)]
        return sum(rows[0].n for rows in found)


async def look(database: Database, row: type[R], sql: str, *params: Value) -> Sequence[R]:
    """`database.read`, as soon as the database answers: it may be down, as planned."""
    async with asyncio.timeout(120):
        while True:
            try:
                return await database.read(row, sql, *params)
            except DatabaseError:
                await asyncio.sleep(0.1)


@asynccontextmanager
async def world(folder: Path, engine: str, plan: Plan) -> AsyncIterator[World]:
    """All programs, ready. On PostgreSQL two processes of each part, on SQLite two programs."""
    async with AsyncExitStack() as stack:
        server = stack.enter_context(lasting_postgres()) if engine == "postgres" else None
        databases = [str(folder / "marketplace.db"), str(folder / "merchant.db")]
        if server:
            databases = [await new_database(server.url) for _ in databases]
        pair = await provision(
            folder,
            databases[0],
            databases[1],
            dict.fromkeys(SHELF, 10_000_000),
            SHELF,
            SETTINGS,
        )
        faults = {
            half: Faults(plan.failing_share, plan.seed + n) for n, half in enumerate(WHOLE, start=2)
        }
        apart = await stack.enter_async_context(running_apart(pair, parts_of(engine), faults))
        market = await open_database(databases[0], MARKETPLACE)
        stack.push_async_callback(market.close)
        shop = await open_database(databases[1], MERCHANT)
        stack.push_async_callback(shop.close)
        yield World(apart, market, shop, faults, server)


def parts_of(engine: str) -> dict[str, int]:
    """How many processes of each part there are."""
    return dict.fromkeys(PARTS, 2) if engine == "postgres" else dict.fromkeys(WHOLE, 1)
