"""Looking for what may be done: lane by lane, from where the last look ended."""

import asyncio
from collections.abc import Callable, Collection

from smartcart.kit.database import Database
from smartcart.outbox import storage
from smartcart.outbox.entry import Candidate
from smartcart.outbox.pace import Line
from smartcart.outbox.selection import choose

_LANES = 64

Room = Callable[[storage.Lane], int]
"""How many more of a lane may be begun."""


class Looks:
    """Looks at one line of a queue; every lane has its turn."""

    def __init__(self, database: Database, queue: str, line: Line) -> None:
        self.line = line
        self._database = database
        self._queue = queue
        self._cursor = ""

    async def look(
        self, now: int, slots: int, room: Room, claiming: Collection[Candidate] = ()
    ) -> list[Candidate]:
        """At most `slots` heads that may be claimed, of the next lanes that have some.

        Not those of `claiming`, which are being claimed already. Goes round once at most.
        """
        rounds = 2 if self._cursor else 1
        while rounds and slots > 0:
            if found := await self._look_on(now, slots, room, claiming):
                return choose(found, slots=slots)
            rounds -= not self._cursor
        return []

    async def _look_on(
        self, now: int, slots: int, room: Room, claiming: Collection[Candidate]
    ) -> list[Candidate]:
        """Heads of the next lanes, no more lanes than there are slots: the others are next."""
        lanes = await storage.lanes(
            self._database, self._queue, self.line, now, self._cursor, _LANES
        )
        rooms = {one.lane: room(one) for one in lanes if one.is_due}
        due = [lane for lane, free in rooms.items() if free > 0][:slots]
        if len(due) == slots:
            self._cursor = due[-1]
        else:
            self._cursor = lanes[-1].lane if len(lanes) == _LANES else ""
        most = slots - len(due) + 1
        heads = await asyncio.gather(
            *(self._heads(lane, now, min(most, rooms[lane]), claiming) for lane in due)
        )
        return [candidate for lane in heads for candidate in lane]

    async def _heads(
        self, lane: str, now: int, limit: int, claiming: Collection[Candidate]
    ) -> list[Candidate]:
        claimed = sum(one.lane == lane for one in claiming)
        found = await storage.heads(
            self._database, self._queue, lane, now, limit + claimed, self.line
        )
        return [head for head in found if head not in claiming][:limit]
