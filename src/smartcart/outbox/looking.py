"""Looking for what may be done: lane by lane, from where the last look ended."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from math import ceil
from types import MappingProxyType
from typing import NamedTuple

from smartcart.kit.database import Database
from smartcart.outbox import storage
from smartcart.outbox.entry import Candidate
from smartcart.outbox.pace import Line
from smartcart.outbox.peers import Due
from smartcart.outbox.selection import choose

_LANES = 64

Room = Callable[[storage.Lane], int]
"""How many more of a lane may be begun."""
Sharing = Callable[[Sequence[storage.Lane], int], Due]
"""Which of some lanes have something to do now, each kind in their order."""
Lanes = Mapping[str, str]
"""Those of streams, by the streams' keys."""
_NO_LANES: Lanes = MappingProxyType({})


class Found(NamedTuple):
    """What a look has found, and where there may be more.

    That is in lanes that are `full`, for which there was no room or not for all; and anywhere, when
    the look `is_cut`: there were no more slots, or it has not been all round.
    """

    heads: Sequence[Candidate]
    full: Set[str]
    is_cut: bool


UNSEEN = Found((), frozenset(), is_cut=True)


class Looks:
    """Looks at one line of a queue; every lane has its turn."""

    def __init__(self, database: Database, queue: str, line: Line, sharing: Sharing) -> None:
        self.line = line
        self._sharing = sharing
        self._database = database
        self._queue = queue
        self._cursor = ""

    async def look(self, now: int, slots: int, room: Room, claiming: Lanes = _NO_LANES) -> Found:
        """At most `slots` heads that may be claimed, of the next lanes that have some.

        Not those of the streams `claiming`, which are being claimed. Goes round once at most.
        """
        if slots <= 0:
            return UNSEEN
        full = set[str]()
        was_begun = bool(self._cursor)
        rounds = 2 if was_begun else 1
        while rounds:
            heads, is_shared = await self._look_on(now, slots, room, claiming, full)
            if heads:
                is_cut = is_shared or was_begun or bool(self._cursor) or len(heads) >= slots
                return Found(choose(heads, slots=slots), full, is_cut)
            rounds -= not self._cursor
        return Found([], full, is_cut=False)

    async def _look_on(
        self, now: int, slots: int, room: Room, claiming: Lanes, full: set[str]
    ) -> tuple[list[Candidate], bool]:
        """Heads of the next lanes, no more lanes than there are slots: the others are next.

        Of each lane no more than its share, and whether that kept more from being found: what one
        has less than that, the next look finds.
        """
        lanes = await storage.lanes(self._database, self._queue, self.line, self._cursor, _LANES)
        due = self._sharing(lanes, now)
        rooms = {one.lane: room(one) for one in due.own}
        if not any(free > 0 for free in rooms.values()):
            rooms |= {one.lane: room(one) for one in due.late}
        taken = [lane for lane, free in rooms.items() if free > 0][:slots]
        if len(taken) == slots:
            self._cursor = taken[-1]
        else:
            self._cursor = lanes[-1].lane if len(lanes) == _LANES else ""
        share = ceil(slots / max(1, len(taken)))
        limits = {lane: min(share, rooms[lane]) for lane in taken}
        found = await self._heads(limits, now, claiming)
        counts = Counter(head.lane for head in found)
        more = {lane for lane, limit in limits.items() if counts[lane] >= limit}
        full.update(lane for lane, free in rooms.items() if free <= 0)
        full.update(lane for lane in more if rooms[lane] <= share)
        return found, any(rooms[lane] > share for lane in more)

    async def _heads(self, limits: Mapping[str, int], now: int, claiming: Lanes) -> list[Candidate]:
        """Of each lane as many as its limit, without those that are being claimed."""
        claimed = Counter(claiming.values())
        wanted = {lane: limit + claimed[lane] for lane, limit in limits.items()}
        left = Counter(limits)
        found = []
        for head in await storage.heads(self._database, self._queue, wanted, now, self.line):
            if head.key not in claiming and left[head.lane]:
                left[head.lane] -= 1
                found.append(head)
        return found
