"""The worker: claim what is due, have it done, settle how it ended."""

import asyncio
import logging
from collections.abc import Mapping

from smartcart.kit.database import Conflict, Database, DatabaseError
from smartcart.kit.ids import new_id
from smartcart.outbox import storage
from smartcart.outbox.attempting import Attempts
from smartcart.outbox.entry import Candidate, Claim, Handler
from smartcart.outbox.health import Health, Told, nothing
from smartcart.outbox.looking import Looks
from smartcart.outbox.pace import Limits, Line
from smartcart.outbox.peers import Peers
from smartcart.outbox.slots import Slots
from smartcart.outbox.turns import Turns

log = logging.getLogger(__name__)

_SECOND = 1_000_000


class Worker:
    """Works one queue off until it is told to stop.

    Several may run, in one process or in many; where the queue is `shared`, each knows of the
    others and leaves them their part. Both lines are looked at side by side, and neither waits for
    what the other has begun: a new entry is claimed as soon as it is noticed.
    """

    def __init__(
        self,
        database: Database,
        queue: str,
        handlers: Mapping[str, Handler],
        limits: Limits,
        told: Told = nothing,
        *,
        shared: bool = False,
    ) -> None:
        self._database = database
        self._queue = queue
        self._limits = limits
        health = Health(database, queue, limits, told)
        self._slots = Slots(limits, health)
        self._attempts = Attempts(database, handlers, health, durable=limits.durable_tries)
        self._peers = Peers(database, queue)
        self._is_shared = shared
        self._looks = {line: Looks(database, queue, line, self._peers.due) for line in Line}
        # Nobody wakes us for what is tried again: that is looked for from time to time.
        news = database.wake_up(storage.channel_of(queue), self._peers.concerns)
        self._turns = {
            Line.FIRST: Turns(news, limits.poll_seconds),
            Line.AGAIN: Turns(asyncio.Event(), limits.poll_seconds),
        }
        self._leases: dict[str, int] = {}
        """When those of this worker end, by stream: also if the database has forgotten them."""
        self._troubles: dict[Line, DatabaseError] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then let what is in flight finish, or give it back."""
        stopping = asyncio.create_task(self._wake_on(stop))
        try:
            async with asyncio.TaskGroup() as lines:
                if self._is_shared:
                    lines.create_task(self._peers.run(stop))
                for line in Line:
                    lines.create_task(self._work_off(line, stop))
        finally:
            stopping.cancel()
            await self._drain()

    async def _wake_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        for turns in self._turns.values():
            turns.stop()

    async def _work_off(self, line: Line, stop: asyncio.Event) -> None:
        turns = self._turns[line]
        while not stop.is_set():
            turns.begin()
            try:
                await self._take(line, turns)
            except DatabaseError as error:
                log.warning("outbox %s waits for its database: %s", self._queue, error)
                await asyncio.sleep(self._limits.poll_seconds)
                continue
            turns.end()
            await turns.next(self._slots.breath(line))
            if breath := self._slots.breath(line):
                await asyncio.sleep(breath)

    async def _take(self, line: Line, turns: Turns) -> None:
        """Begin what there is of the line and may be begun; raises what kept others from it."""
        if trouble := self._troubles.pop(line, None):
            raise trouble
        now = await self._database.now()

        def room(lane: storage.Lane) -> int:
            return self._slots.room(line, lane, now)

        claiming = turns.claiming.copy()
        found = await self._looks[line].look(now, self._slots.free(line), room, claiming)
        heads = [one for one in found.heads if self._leases.get(one.key, 0) <= now]
        taken = [one for one in heads if self._slots.take(line, one, now)]
        for candidate in taken:
            self._begin(line, candidate, now)
        if taken and found.is_cut:
            turns.again()
        if self._slots.looked(line, found, now):
            self._turns[Line.FIRST].again()

    def _begin(self, line: Line, candidate: Candidate, now: int) -> None:
        self._turns[line].claiming[candidate.key] = candidate.lane
        task = asyncio.create_task(self._work(line, candidate, now))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, line: Line, candidate: Candidate, now: int) -> None:
        claim, is_over = storage.claimed(candidate, new_id(), now), False
        until = now + int(self._limits.lease_seconds * _SECOND)
        self._leases[claim.key] = until
        try:
            if await self._is_claimed(line, candidate, claim, until):
                is_over = await self._attempts.make(claim)
        except asyncio.CancelledError:
            await self._attempts.give_back(claim)
            raise
        finally:
            self._leases.pop(claim.key, None)
            self._slots.give_back(line, candidate.lane)
        # What comes next in its stream is new; for the others a slot is free.
        if is_over or self._slots.is_missed(Line.FIRST, candidate.lane):
            self._turns[Line.FIRST].again()
        if self._slots.is_missed(Line.AGAIN, candidate.lane):
            self._turns[Line.AGAIN].again()

    async def _is_claimed(self, line: Line, candidate: Candidate, claim: Claim, until: int) -> bool:
        """Take the lease; False when another worker was first, or the database is away."""
        durable, now = self._limits.durable_tries, claim.claimed_at
        write_set = storage.claim(candidate, claim.lease, now, until, durable=durable)
        try:
            await self._database.commit(write_set)
        except Conflict:
            return False
        except DatabaseError as error:
            self._troubles[line] = error
            self._turns[line].again()
            return False
        finally:
            self._turns[line].claimed(candidate)
        return True

    async def _drain(self) -> None:
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=self._limits.drain_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
