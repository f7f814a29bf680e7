"""Carts, one after the other, as fast as the programs take them and no faster."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from aiohttp import ClientError

from tests.chaos.plan import Plan
from tests.chaos.world import World

_LOOK_EVERY = 0.25


@dataclass
class Placing:
    """`codes` are those the marketplace has confirmed.

    A cart whose answer is lost is placed again, and may be there twice: the codes nobody was told
    of are counted at the end.
    """

    world: World
    plan: Plan
    codes: list[str] = field(default_factory=list)
    repeated: int = 0
    most_unfinished: int = 0
    _room: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        watching = asyncio.create_task(self._watch())
        carts = iter(self.plan.carts())
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.plan.placers):
                    group.create_task(self._place(carts))
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def reached(self, orders: int) -> None:
        """Return when so many are placed."""
        while len(self.codes) < orders:
            await asyncio.sleep(0.02)

    async def _place(self, carts: Iterator[dict[str, int]]) -> None:
        for cart in carts:
            await self._room.wait()
            while True:
                try:
                    self.codes.append(await self.world.apart.pair.place(**cart))
                    break
                except (ClientError, OSError, AssertionError):
                    self.repeated += 1
                    await asyncio.sleep(0.05)

    async def _watch(self) -> None:
        while True:
            unfinished = await self.world.unfinished()
            self.most_unfinished = max(self.most_unfinished, unfinished)
            if unfinished < self.plan.in_flight:
                self._room.set()
            else:
                self._room.clear()
            await asyncio.sleep(_LOOK_EVERY)
