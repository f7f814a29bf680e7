"""Several workers at one queue, in as many processes: each lane is one's of those that are alive.

Without that all of them would see what is new and claim it, and all but one in vain.
"""

import asyncio
import logging
from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from smartcart.kit.database import Database, DatabaseError, Statement, WriteSet
from smartcart.kit.ids import new_id
from smartcart.kit.loop import wait
from smartcart.outbox.storage import Lane, wake_channel

log = logging.getLogger(__name__)

_SECOND = 1_000_000
_EVERY_SECONDS = 1.0
_GONE = 4 * _SECOND
_FORGOTTEN = 60 * _SECOND
_LATE = _SECOND // 4
_RANK = 86

_SEEN = Statement(
    """insert into worker (queue, id, seen_at) values ($1, $2, $3)
       on conflict (queue, id) do update set seen_at = excluded.seen_at""",
    rank=_RANK,
)
_FORGET = Statement("delete from worker where queue = $1 and seen_at < $2", rank=_RANK)
_LEAVE = Statement("delete from worker where queue = $1 and id = $2", rank=_RANK)


class Due(NamedTuple):
    """Lanes with something to do: a worker's `own`, and `late` ones of others.

    Who owns these is away, or has too much to do: they are for whoever has nothing else.
    """

    own: Sequence[Lane]
    late: Sequence[Lane]


class _Id(msgspec.Struct):
    id: str


def owner(lane: str, workers: Collection[str]) -> str:
    """The same for all who ask. When a worker comes or goes, only lanes that are its own move."""
    return max(workers, key=lambda one: blake2b(f"{one}/{lane}".encode(), digest_size=8).digest())


class Peers:
    """A worker among those at the same queue; until it meets others, it is alone.

    Who looks for work says so every second: one that is stuck, or has no slot left, loses its
    lanes as one does that died. What they know of each other may differ for as long, and then two
    claim the same: nothing but a claim in vain comes of it.
    """

    def __init__(self, database: Database, queue: str) -> None:
        self._database = database
        self._queue = queue
        self._lanes = wake_channel(queue, "")
        self._id = new_id()
        self._alive: frozenset[str] = frozenset({self._id})
        self._owned: dict[str, bool] = {}
        self._has_looked = True

    async def run(self, stop: asyncio.Event) -> None:
        """Be one of them until told to stop."""
        while not stop.is_set():
            try:
                await self.meet()
            except DatabaseError as error:
                log.warning("outbox %s: who else works is not known: %s", self._queue, error)
            await wait(stop, _EVERY_SECONDS)
        await self._leave()

    async def meet(self) -> None:
        """Say that this one is alive, if it has looked since it said so, and hear who else is."""
        now = await self._database.now()
        if self._has_looked:
            self._has_looked = False
            seen = _SEEN.effect(self._id, self._queue, self._id, now)
            forget = _FORGET.effect("", self._queue, now - _FORGOTTEN)
            await self._database.commit(WriteSet(effects=(seen, forget), durable=False))
        found = await self._database.read(
            _Id,
            "select id from worker where queue = $1 and seen_at > $2",
            self._queue,
            now - _GONE,
        )
        self.know({one.id for one in found})

    def due(self, lanes: Iterable[Lane], now: int) -> Due:
        """Where there is something to do."""
        self._has_looked = True
        found = [one for one in lanes if one.due <= now]
        return Due(
            [one for one in found if self.owns(one.lane)],
            [one for one in found if one.due <= now - _LATE and not self.owns(one.lane)],
        )

    def concerns(self, channel: str) -> bool:
        """Whether what woke `channel` may be for this worker."""
        lane = channel.removeprefix(self._lanes)
        return lane == channel or self.owns(lane)

    def owns(self, lane: str) -> bool:
        if len(self._alive) == 1:
            return True
        if (is_own := self._owned.get(lane)) is None:
            is_own = self._owned[lane] = owner(lane, self._alive) == self._id
        return is_own

    def know(self, others: Collection[str]) -> None:
        """These are alive, and this one."""
        alive = frozenset({self._id, *others})
        if alive != self._alive:
            self._alive, self._owned = alive, {}

    async def _leave(self) -> None:
        leave = _LEAVE.effect(self._id, self._queue, self._id)
        try:
            await self._database.commit(WriteSet(effects=(leave,), durable=False))
        except DatabaseError as error:
            log.warning("outbox %s: the others will miss this worker later: %s", self._queue, error)
