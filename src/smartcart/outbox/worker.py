"""The worker: claim what is due, have it done, settle how it ended."""

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from smartcart.kit.database import Conflict, Database, DatabaseError, WriteSet
from smartcart.outbox import storage
from smartcart.outbox.entry import Candidate, Claim, Delivered, Failed, Handler, Outcome, Trace
from smartcart.outbox.selection import choose

log = logging.getLogger(__name__)

_SECOND = 1_000_000
_DECISIONS = 5
_LANES = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at once, and how patiently.

    `slots` entries are in flight in all, `slots_per_lane` of one lane. A lease of `lease_seconds`
    must outlast the slowest handler: when it ends, the entry is worked again. `poll_seconds` is
    how late a retry or another process's entry may be noticed. `drain_seconds` is how long a
    worker that is told to stop waits for what it has in flight.
    """

    slots: int = 64
    slots_per_lane: int = 8
    lease_seconds: float = 60
    poll_seconds: float = 0.25
    drain_seconds: float = 3


class Worker:
    """Works one queue off until it is told to stop. Several may run, in one process or in many."""

    def __init__(
        self, database: Database, queue: str, handlers: Mapping[str, Handler], limits: Limits
    ) -> None:
        self._database = database
        self._queue = queue
        self._handlers = handlers
        self._limits = limits
        self._busy = Counter[str]()
        self._tasks: set[asyncio.Task[None]] = set()
        self._cursor = ""
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
        free = self._limits.slots - len(self._tasks)
        if free <= 0:
            return False
        try:
            now = await self._database.now()
            chosen = choose(await self._look(now, free), slots=free)
            claims = await asyncio.gather(*(self._claim(candidate, now) for candidate in chosen))
        except DatabaseError as error:
            log.warning("outbox %s waits for its database: %s", self._queue, error)
            await asyncio.sleep(self._limits.poll_seconds)
            return False
        for claim in claims:
            if claim is not None:
                self._start(claim)
        return bool(chosen)

    async def _look(self, now: int, free: int) -> list[Candidate]:
        """Heads that may be claimed, of the next lanes that have some; once round at most."""
        rounds = 2 if self._cursor else 1
        while rounds:
            if found := await self._look_on(now, free):
                return found
            rounds -= not self._cursor
        return []

    async def _look_on(self, now: int, free: int) -> list[Candidate]:
        """Heads of the next lanes, no more lanes than there are slots: the others are next."""
        lanes = await storage.lanes(self._database, self._queue, now, self._cursor, _LANES)
        due = [one.lane for one in lanes if one.is_due and self._room(one.lane)][:free]
        if len(due) == free:
            self._cursor = due[-1]
        else:
            self._cursor = lanes[-1].lane if len(lanes) == _LANES else ""
        most = free - len(due) + 1
        heads = await asyncio.gather(
            *(
                storage.heads(self._database, self._queue, lane, now, min(most, self._room(lane)))
                for lane in due
            )
        )
        return [candidate for lane in heads for candidate in lane]

    def _room(self, lane: str) -> int:
        return max(0, self._limits.slots_per_lane - self._busy[lane])

    async def _claim(self, candidate: Candidate, now: int) -> Claim | None:
        lease = secrets.token_hex(8)
        until = now + int(self._limits.lease_seconds * _SECOND)
        try:
            await self._database.commit(storage.claim(candidate, lease, now, until))
        except Conflict:
            return None
        return storage.claimed(candidate, lease, now)

    def _start(self, claim: Claim) -> None:
        self._busy[claim.lane] += 1
        task = asyncio.create_task(self._work(claim))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._finished(done, claim.lane))

    def _finished(self, task: asyncio.Task[None], lane: str) -> None:
        self._tasks.discard(task)
        self._busy[lane] -= 1
        if not self._busy[lane]:
            del self._busy[lane]
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
            try:
                await self._database.commit(_settlement(claim, outcome, await self._database.now()))
            except Conflict as conflict:
                if storage.is_lease_lost(conflict.guard.statement):
                    log.warning("%s/%d took longer than its lease", claim.key, claim.seq)
                    return
                continue
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
