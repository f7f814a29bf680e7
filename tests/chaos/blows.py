"""The faults carried out, and how long each was felt."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple

from aiohttp import ClientError
from msgspec import Struct

from smartcart.kit.clock import micros, utc_now
from smartcart.kit.database import Database
from smartcart.marketplace.actions.changing import WORK
from smartcart.marketplace.actions.telling import WEBHOOKS
from tests.chaos.placing import Placing
from tests.chaos.plan import POSTGRES, Blow, How
from tests.chaos.world import World, look
from tests.support.programs import Program

_LOOK_EVERY = 0.05
_LONGEST = 120
_HOLDS_NOTHING = {"api", "receiver"}
_QUEUES = {"sender": (WEBHOOKS,), "timer": (WORK,)}
"""Of a part that does not work off all queues of its half's database."""


class Recovery(NamedTuple):
    """Seconds from the end of `part` until it was there again, and all it held was taken up."""

    part: str
    how: How
    seconds: float


class _Lease(Struct, frozen=True):
    key: str
    queue: str
    lease: str


class _One(Struct):
    n: int


@dataclass
class Blows:
    """Deals the blows of a schedule as the carts go on, each process started again at once."""

    world: World
    placing: Placing
    recoveries: list[Recovery] = field(default_factory=list)
    _turns: defaultdict[str, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )

    async def deal(self, schedule: Sequence[Blow]) -> None:
        async with asyncio.TaskGroup() as group:
            for blow in schedule:
                await self.placing.reached(blow.after_orders)
                group.create_task(self._deal(blow))

    async def _deal(self, blow: Blow) -> None:
        async with self._turns[f"{blow.part}-{blow.number}"]:
            began = monotonic()
            async with asyncio.timeout(_LONGEST):
                if blow.part == POSTGRES:
                    await self._restart(blow.how)
                else:
                    await self._kill(blow)
            recovery = Recovery(blow.part, blow.how, monotonic() - began)
            self.recoveries.append(recovery)

    async def _kill(self, blow: Blow) -> None:
        victim = self.world.apart.parts[blow.part][blow.number]
        await victim.kill()
        starting = asyncio.create_task(self._start(victim))
        database = self.world.market if victim.half == "marketplace" else self.world.shop
        held = await _held(database, blow.part)
        while held and held & await _held(database, blow.part):
            await asyncio.sleep(_LOOK_EVERY)
        await starting

    async def _start(self, victim: Program) -> None:
        """A process that starts while PostgreSQL is down ends, and is started again."""
        while True:
            await victim.start()
            try:
                await victim.ready(self.world.apart.pair.session)
            except AssertionError:
                if self.world.postgres is None:
                    raise
                await asyncio.sleep(0.2)
            else:
                return

    async def _restart(self, how: How) -> None:
        """Until every process answers, and work was done on either database after it."""
        server = self.world.postgres
        assert server is not None
        await asyncio.to_thread(server.stop if how is How.CRASHED else server.shut_down)
        await asyncio.to_thread(server.start)
        since = micros(utc_now())
        for program in self.world.apart.programs:
            while program.url and not await self._is_ready(program):
                await asyncio.sleep(_LOOK_EVERY)
        for database in (self.world.market, self.world.shop):
            while not await _works(database, since):
                await asyncio.sleep(_LOOK_EVERY)

    async def _is_ready(self, program: Program) -> bool:
        try:
            async with self.world.apart.pair.session.get(f"{program.url}/readyz") as answer:
                return answer.status == 200
        except (ClientError, OSError):
            return False


async def _held(database: Database, part: str) -> set[_Lease]:
    """What processes of the part have in hand, the one that was killed among them."""
    if part in _HOLDS_NOTHING:
        return set()
    sql = "select key, queue, lease from stream where due is not null and lease is not null"
    leases = await look(database, _Lease, sql)
    return {one for one in leases if one.queue in _QUEUES.get(part, (one.queue,))}


async def _works(database: Database, since: int) -> bool:
    sql = "select 1 as n from journal where at > $1 limit 1"
    return bool(await look(database, _One, sql, since))
