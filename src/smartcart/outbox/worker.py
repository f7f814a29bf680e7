"""The worker: claim what is due, have it done, settle how it ended."""

import asyncio
import logging
import secrets
from collections.abc import Mapping

from smartcart.kit.database import Conflict, Database, DatabaseError, WriteSet
from smartcart.outbox import storage
from smartcart.outbox.entry import Candidate, Claim, Delivered, Failed, Handler, Outcome, Trace
from smartcart.outbox.health import Health, Told, nothing
from smartcart.outbox.looking import Looks
from smartcart.outbox.pace import Behind, InFlight, Limits, Line

log = logging.getLogger(__name__)

_SECOND = 1_000_000
_DECISIONS = 5
_LATE_POLLS = 2
"""Tried again later than so many polls after it was due: there is more than can be done in time."""


class Worker:
    """Works one queue off until it is told to stop. Several may run, in one process or in many."""

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
        self._handlers = handlers
        self._limits = limits
        self._in_flight = InFlight()
        self._behind = Behind(_LATE_POLLS * limits.poll_seconds, limits.lease_seconds)
        self._tasks: set[asyncio.Task[None]] = set()
        self._first = Looks(database, queue, Line.FIRST)
        self._again = Looks(database, queue, Line.AGAIN)
        self._look_again_at = 0.0
        self._health = Health(database, queue, limits, told)
        self._wake = database.wake_up(storage.wake_channel(queue))

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then let what is in flight finish, or give it back."""
        stopping = asyncio.create_task(self._wake_on(stop))
        try:
            while not stop.is_set():
                self._wake.clear()
                if not await self._round():
                    await self._pause()
        finally:
            stopping.cancel()
            await self._drain()

    async def _wake_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._limits.poll_seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _round(self) -> bool:
        """Claim and start what may be started now; False when there was nothing."""
        if len(self._tasks) >= self._limits.slots:
            return False
        try:
            now = await self._database.now()
            found = await self._take_again(now) + await self._take(self._first, now)
        except DatabaseError as error:
            log.warning("outbox %s waits for its database: %s", self._queue, error)
            await asyncio.sleep(self._limits.poll_seconds)
            return False
        return found > 0

    async def _take_again(self, now: int) -> int:
        """Nobody wakes us for what is tried again: look from time to time, or if there was more."""
        clock = asyncio.get_running_loop().time
        if clock() < self._look_again_at:
            return 0
        found = await self._take(self._again, now)
        self._look_again_at = 0.0 if found else clock() + self._limits.poll_seconds
        return found

    async def _take(self, looks: Looks, now: int) -> int:
        """Claim and start what there is of a line and may be begun; how many there were."""

        def room(lane: storage.Lane) -> int:
            self._health.known(lane)
            return self._in_flight.room(
                lane.lane,
                looks.line,
                limits,
                is_failing=self._health.is_failing(lane.lane),
                is_behind=self._behind.is_so(lane.lane, now),
            )

        limits = self._limits
        chosen = await looks.look(now, self._in_flight.free(looks.line, limits), room)
        if looks.line is Line.AGAIN:
            for candidate in chosen:
                self._behind.taken(candidate.lane, candidate.due, now)
        claims = await asyncio.gather(*(self._claim(candidate, now) for candidate in chosen))
        for claim in claims:
            if claim is not None:
                self._start(claim)
        return len(chosen)

    async def _claim(self, candidate: Candidate, now: int) -> Claim | None:
        lease = secrets.token_hex(8)
        until = now + int(self._limits.lease_seconds * _SECOND)
        try:
            await self._database.commit(storage.claim(candidate, lease, now, until))
        except Conflict:
            return None
        return storage.claimed(candidate, lease, now)

    def _start(self, claim: Claim) -> None:
        line = Line.of(claim.attempt - 1)
        self._in_flight.add(claim.lane, line)
        task = asyncio.create_task(self._work(claim))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._finished(done, claim.lane, line))

    def _finished(self, task: asyncio.Task[None], lane: str, line: Line) -> None:
        self._tasks.discard(task)
        self._in_flight.remove(lane, line)
        if line is Line.AGAIN:
            self._look_again_at = 0.0  # there was no room for it, perhaps, and now there is
        self._wake.set()

    async def _work(self, claim: Claim) -> None:
        try:
            await self._settle(claim)
        except asyncio.CancelledError:
            await self._give_back(claim)
            raise
        except DatabaseError as error:
            # The lease ends by itself; settling is not certain, so nothing else may be tried.
            log.warning("%s/%d is left to its lease: %s", claim.key, claim.seq, error)

    async def _settle(self, claim: Claim) -> None:
        for _ in range(_DECISIONS):
            outcome = await self._handle(claim)
            now = await self._database.now()
            try:
                await self._database.commit(_settlement(claim, outcome, now))
            except Conflict as conflict:
                if storage.is_lease_lost(conflict.guard.statement):
                    log.warning("%s/%d took longer than its lease", claim.key, claim.seq)
                    return
                continue
            await self._health.settled(claim.lane, outcome, now)
            return
        log.warning("%s/%d met %d conflicts, it waits", claim.key, claim.seq, _DECISIONS)
        await self._give_back(claim)

    async def _handle(self, claim: Claim) -> Outcome:
        try:
            return await self._handlers[claim.kind](claim)
        except DatabaseError:
            raise
        except Exception as error:
            log.exception("%s %s/%d failed unexpectedly", claim.kind, claim.key, claim.seq)
            return _fault(claim, error)

    async def _give_back(self, claim: Claim) -> None:
        try:
            now = await self._database.now()
            await self._database.commit(storage.postponed(claim, now, "given back", now))
        except DatabaseError as error:
            log.warning("%s/%d is left to its lease: %s", claim.key, claim.seq, error)

    async def _drain(self) -> None:
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=self._limits.drain_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


def _settlement(claim: Claim, outcome: Outcome, now: int) -> WriteSet:
    detail, trace = outcome.detail, outcome.trace
    if isinstance(outcome, Delivered):
        return storage.delivered(claim, now, detail, trace) + outcome.also
    if outcome.retry_at is None:
        return storage.exhausted(claim, now, detail, trace) + outcome.also
    return storage.postponed(claim, now, detail, outcome.retry_at, trace) + outcome.also


def _fault(claim: Claim, error: Exception) -> Failed:
    """A handler's own fault is tried again, ever more slowly, and never given up."""
    seconds = min(2**claim.attempt, 300)
    what, retry_at = f"{type(error).__name__}: {error}", claim.claimed_at + seconds * _SECOND
    return Failed(what, retry_at, trace=Trace(error="fault"))
