"""One round: the sender's own program on PostgreSQL, merchants that are told of orders steadily."""

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, time

import msgspec
from aiohttp import ClientSession

from bench.sender.sink import Sink
from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database
from smartcart.marketplace.actions.telling import change
from smartcart.marketplace.domain.codes import order_code
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.domain.merchant import Merchant
from tests.support.marketplace import a_line, a_merchant, add_merchant, an_order, opened
from tests.support.postgres import fresh_database
from tests.support.programs import Program

_SECOND = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much: `rate` orders a second for `seconds`, by `well` merchants and ten more.

    Before that each of the ten, if it is hostile, has `backlog` events that wait for it. An answer
    is waited for `timeout_seconds`, retries come after `retry_seconds` and twice and thrice that.
    """

    well: int = 190
    rate: float = 100
    seconds: float = 20
    backlog: int = 40
    timeout_seconds: float = 5
    retry_seconds: float = 6

    def settings(self) -> Mapping[str, str]:
        """Those of the sender, in its environment."""
        retries = ",".join(str(self.retry_seconds * n) for n in (1, 2, 3))
        return {
            "SMARTCART_MARKETPLACE_DEVELOPMENT": "true",
            "SMARTCART_MARKETPLACE_WEBHOOK_TIMEOUT_SECONDS": str(self.timeout_seconds),
            "SMARTCART_MARKETPLACE_WEBHOOK_RETRY_SECONDS": retries,
            "SMARTCART_MARKETPLACE_WEBHOOK_JITTER": "0",
            "SMARTCART_MARKETPLACE_WEBHOOK_WITHIN_SECONDS": str(self.retry_seconds * 7),
            "SMARTCART_MARKETPLACE_POLL_SECONDS": "0.1",
        }


FULL = Size()


class Attempted(msgspec.Struct, frozen=True):
    """An attempt for a merchant that is well; moments are microseconds."""

    key: str
    n: int
    outcome: str
    created_at: int
    started_at: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What the merchants that are well saw, and who was found failing meanwhile.

    `waits` are the seconds from the commit of an order to its first POST.
    """

    waits: Mapping[str, float]
    attempts: Sequence[Attempted]
    failing: frozenset[str]

    def late(self, retry_seconds: float) -> tuple[list[float], list[float]]:
        """How many seconds after it was due each was claimed: first requests, retries."""
        began = {one.key: one.started_at for one in self.attempts if one.n == 1}
        first = [one.started_at - one.created_at for one in self.attempts if one.n == 1]
        again = [
            one.started_at - began[one.key] - retry_seconds * _SECOND
            for one in self.attempts
            if one.n == 2
        ]
        return [late / _SECOND for late in first], [late / _SECOND for late in again]


@dataclass
class _Market:
    """Places orders, and remembers when those of merchants that are well were committed."""

    database: Database
    committed: dict[str, float] = field(default_factory=dict)
    _count: int = 0

    async def place(self, merchant: Merchant) -> None:
        self._count += 1
        now = utc_now()
        lines = (a_line(f"line-{n}") for n in range(3))
        order = msgspec.structs.replace(
            an_order(*lines, now=now),
            code=order_code(now.date(), self._count),
            merchant_id=merchant.id,
        )
        await self.database.commit(change(None, order, merchant, now, Verb.PLACE))
        if merchant.id.startswith("well"):
            self.committed[order.code] = time()


async def play(admin_url: str, receiver: Sink, hostile: Sequence[str], size: Size) -> Seen:
    """One round on a database of its own; with none that are hostile the ten are well, too."""
    tens = hostile or [receiver.url] * 10
    bad = [a_merchant(f"bad-{n}", webhook_url=url) for n, url in enumerate(tens)]
    well = [a_merchant(f"well-{n}", webhook_url=f"{receiver.url}/flaky") for n in range(size.well)]
    async with fresh_database(admin_url) as url, opened(url) as database:
        for merchant in (*bad, *well):
            await add_merchant(database, merchant)
        market = _Market(database)
        async with _sender(url, size):
            if hostile:
                await asyncio.gather(*(market.place(each) for each in bad * size.backlog))
                await asyncio.sleep(size.retry_seconds + 1)  # retries have begun to crowd
            await _steadily(market.place, [*bad, *well], size)
            attempts = await _all_delivered(database, len(market.committed))
            failing = await _failing(database)
    taken = await receiver.taken()
    waits = {code: taken[code] - at for code, at in market.committed.items()}
    return Seen(waits, attempts, failing)


@asynccontextmanager
async def _sender(url: str, size: Size) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment = {**size.settings(), "SMARTCART_MARKETPLACE_DATABASE": url}
        program = Program("marketplace", environment, "", folder / "log", part="sender")
        await program.start()
        stack.push_async_callback(program.stop)
        session = await stack.enter_async_context(ClientSession())
        await program.ready(session)
        yield


async def _steadily(
    place: Callable[[Merchant], Coroutine[object, object, None]],
    merchants: Sequence[Merchant],
    size: Size,
) -> None:
    """An order at every beat, of a merchant drawn from a fixed seed."""
    chance = random.Random(1)
    async with asyncio.TaskGroup() as group:
        began = monotonic()
        for n in range(int(size.rate * size.seconds)):
            await asyncio.sleep(max(0, began + n / size.rate - monotonic()))
            group.create_task(place(chance.choice(merchants)))


async def _all_delivered(database: Database, count: int) -> list[Attempted]:
    """The attempts for merchants that are well, once each of their `count` events is delivered."""
    async with asyncio.timeout(60):
        while True:
            found = await database.read(
                Attempted,
                """select a.key as key, a.n as n, a.outcome as outcome,
                          e.created_at as created_at, a.started_at as started_at
                   from attempt a join entry e on e.key = a.key and e.seq = a.seq
                   where a.lane like 'well-%'""",
            )
            if sum(one.outcome == "delivered" for one in found) >= count:
                return found
            await asyncio.sleep(0.5)  # looking is work, too


class _Lane(msgspec.Struct):
    lane: str


async def _failing(database: Database) -> frozenset[str]:
    found = await database.read(_Lane, "select lane from failing_lane")
    return frozenset(each.lane for each in found)
