"""Looking for what may be done: lane by lane, from where the last look ended."""

import asyncio
from collections.abc import Callable, Mapping
from math import ceil
from types import MappingProxyType

from smartcart.kit.database import Database
from smartcart.outbox import storage
from smartcart.outbox.entry import Candidate
from smartcart.outbox.pace import Line
from smartcart.outbox.selection import choose

_LANES = 64

Room = Callable[[storage.Lane], int]
"""How many more of a lane may be begun."""
Lanes = Mapping[str, str]
"""Those of streams, by the streams' keys."""
_NO_LANES: Lanes = MappingProxyType({})


class Looks:
    """Looks at one line of a queue; every lane has its turn."""

    def __init__(self, database: Database, queue: str, line: Line) -> None:
        self.line = line
        self._database = database
        self._queue = queue
        self._cursor = ""

    async def look(
        self, now: int, slots: int, room: Room, claiming: Lanes = _NO_LANES
    ) -> list[Candidate]:
        """At most `slots` heads that may be claimed, of the next lanes that have some.

        Not those of the streams `claiming`, which are being claimed. Goes round once at most.
        """
        rounds = 2 if self._cursor else 1
        while rounds and slots > 0:
            if found := await self._look_on(now, slots, room, claiming):
                return choose(found, slots=slots)
            rounds -= not self._cursor
        return []

    async def _look_on(self, now: int, slots: int, room: Room, claiming: Lanes) -> list[Candidate]:
        """Heads of the next lanes, no more lanes than there are slots: the others are next.

        Of each lane no more than its share: what one has less than that, the next look finds.
        """
        lanes = await storage.lanes(
            self._database, self._queue, self.line, now, self._cursor, _LANES
        )
        rooms = {one.lane: room(one) for one in lanes if one.is_due}
        due = [lane for lane, free in rooms.items() if free > 0][:slots]
        if len(due) == slots:
            self._cursor = due[-1]
        else:
            self._cursor = lanes[-1].lane if len(lanes) == _LANES else ""
        share = ceil(slots / max(1, len(due)))
        heads = await asyncio.gather(
            *(self._heads(lane, now, min(share, rooms[lane]), claiming) for lane in due)
        )
        return [candidate for lane in heads for candidate in lane]

    async def _heads(self, lane: str, now: int, limit: int, claiming: Lanes) -> list[Candidate]:
        claimed = sum(of == lane for of in claiming.values())
        found = await storage.heads(
            self._database, self._queue, lane, now, limit + claimed, self.line
        )
        return [head for head in found if head.key not in claiming][:limit]
