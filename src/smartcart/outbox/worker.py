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
from smartcart.outbox.slots import Slots

log = logging.getLogger(__name__)

_SECOND = 1_000_000


class Worker:
    """Works one queue off until it is told to stop. Several may run, in one process or in many.

    Both lines are looked at side by side, and neither waits for what the other has begun: a new
    entry is claimed as soon as it is noticed.
    """

    def __init__(
        self,
        database: Database,
        queue: str,
        handlers: Mapping[str, Handler],
        limits: Limits,
        told: Told = nothing,
    ) -> None:
        self._database = database
        self._queue = queue
        self._limits = limits
        health = Health(database, queue, limits, told)
        self._slots = Slots(limits, health)
        self._attempts = Attempts(database, handlers, health)
        self._looks = {line: Looks(database, queue, line) for line in Line}
        # Nobody wakes us for what is tried again: that is looked for from time to time.
        news = database.wake_up(storage.wake_channel(queue))
        self._wakes = {Line.FIRST: news, Line.AGAIN: asyncio.Event()}
        self._claiming: dict[Line, dict[str, str]] = {line: {} for line in Line}
        self._troubles: dict[Line, DatabaseError] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then let what is in flight finish, or give it back."""
        stopping = asyncio.create_task(self._wake_on(stop))
        try:
            async with asyncio.TaskGroup() as lines:
                for line in Line:
                    lines.create_task(self._work_off(line, stop))
        finally:
            stopping.cancel()
            await self._drain()

    async def _wake_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        for wake in self._wakes.values():
            wake.set()

    async def _work_off(self, line: Line, stop: asyncio.Event) -> None:
        wake = self._wakes[line]
        while not stop.is_set():
            wake.clear()
            try:
                await self._take(line)
            except DatabaseError as error:
                log.warning("outbox %s waits for its database: %s", self._queue, error)
                await asyncio.sleep(self._limits.poll_seconds)
            else:
                await self._pause(wake)

    async def _pause(self, wake: asyncio.Event) -> None:
        """Until something is new, or a slot is free, or what was claimed is claimed."""
        try:
            async with asyncio.timeout(self._limits.poll_seconds):
                await wake.wait()
        except TimeoutError:
            pass

    async def _take(self, line: Line) -> None:
        """Begin what there is of the line and may be begun; raises what kept others from it."""
        if trouble := self._troubles.pop(line, None):
            raise trouble
        now = await self._database.now()
        full = set[str]()

        def room(lane: storage.Lane) -> int:
            free = self._slots.room(line, lane, now)
            if not free:
                full.add(lane.lane)
            return free

        slots = self._slots.free(line)
        claiming = self._claiming[line].copy()
        chosen = await self._looks[line].look(now, slots, room, claiming)
        for candidate in chosen:
            if self._slots.take(line, candidate, now):
                self._begin(line, candidate, now)
        if line is Line.AGAIN and self._slots.awaited(len(chosen) >= slots, full):
            self._wakes[Line.FIRST].set()

    def _begin(self, line: Line, candidate: Candidate, now: int) -> None:
        self._claiming[line][candidate.key] = candidate.lane
        task = asyncio.create_task(self._work(line, candidate, now))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._finished(done, line, candidate.lane))

    def _finished(self, task: asyncio.Task[None], line: Line, lane: str) -> None:
        self._tasks.discard(task)
        self._slots.give_back(line, lane)
        self._look_at(Line.FIRST)
        if line is Line.AGAIN or self._slots.is_awaited(lane):
            self._look_at(Line.AGAIN)

    def _look_at(self, line: Line) -> None:
        """Look again, but for all that ends while claims are being written only once."""
        if not self._claiming[line]:
            self._wakes[line].set()

    async def _work(self, line: Line, candidate: Candidate, now: int) -> None:
        claim = storage.claimed(candidate, new_id(), now)
        try:
            if await self._is_claimed(line, candidate, claim):
                await self._attempts.make(claim)
        except asyncio.CancelledError:
            await self._attempts.give_back(claim)
            raise

    async def _is_claimed(self, line: Line, candidate: Candidate, claim: Claim) -> bool:
        """Take the lease; False when another worker was first, or the database is away."""
        now = claim.claimed_at
        until = now + int(self._limits.lease_seconds * _SECOND)
        try:
            await self._database.commit(storage.claim(candidate, claim.lease, now, until))
        except Conflict:
            return False
        except DatabaseError as error:
            self._troubles[line] = error
            return False
        finally:
            del self._claiming[line][candidate.key]
            self._look_at(line)
        return True

    async def _drain(self) -> None:
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=self._limits.drain_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
