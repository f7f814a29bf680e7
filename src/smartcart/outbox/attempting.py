"""What is done with a claim: have its entry handled, settle how that ended, or give it back."""

import logging
from collections.abc import Mapping

from msgspec.structs import replace

from smartcart.kit.database import Conflict, Database, DatabaseError, WriteSet
from smartcart.outbox import storage
from smartcart.outbox.entry import Claim, Delivered, Failed, Handler, Outcome, Trace
from smartcart.outbox.health import Health

log = logging.getLogger(__name__)

_SECOND = 1_000_000
_DECISIONS = 5


class Attempts:
    """Makes attempts, each with nothing open while its handler is at it."""

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        health: Health,
        *,
        durable: bool,
    ) -> None:
        self._database = database
        self._durable = durable
        self._handlers = handlers
        self._health = health

    async def make(self, claim: Claim) -> bool:
        """Handle and settle; where the database fails, it is left to its lease.

        False when the same entry is to be tried again, so that nothing is new in its stream.
        """
        try:
            return await self._settle(claim)
        except DatabaseError as error:
            # The lease ends by itself; settling is not certain, so nothing else may be tried.
            log.warning("%s/%d is left to its lease: %s", claim.key, claim.seq, error)
            return False

    async def give_back(self, claim: Claim) -> None:
        """Let it be tried again at once, by whoever is first."""
        try:
            now = await self._database.now()
            await self._database.commit(storage.postponed(claim, now, "given back", now))
        except DatabaseError as error:
            log.warning("%s/%d is left to its lease: %s", claim.key, claim.seq, error)

    async def _settle(self, claim: Claim) -> bool:
        for _ in range(_DECISIONS):
            outcome = await self._handle(claim)
            now = await self._database.now()
            try:
                await self._database.commit(self._settlement(claim, outcome, now))
            except Conflict as conflict:
                if storage.is_lease_lost(conflict.guard.statement):
                    log.warning("%s/%d took longer than its lease", claim.key, claim.seq)
                    return False
                continue
            await self._health.settled(claim.lane, outcome, now)
            return isinstance(outcome, Delivered) or outcome.retry_at is None
        log.warning("%s/%d met %d conflicts, it waits", claim.key, claim.seq, _DECISIONS)
        await self.give_back(claim)
        return False

    def _settlement(self, claim: Claim, outcome: Outcome, now: int) -> WriteSet:
        detail, trace = outcome.detail, outcome.trace
        if isinstance(outcome, Delivered):
            return storage.delivered(claim, now, detail, trace) + outcome.also
        if outcome.retry_at is None:
            return storage.exhausted(claim, now, detail, trace) + outcome.also
        failed = storage.postponed(claim, now, detail, outcome.retry_at, trace) + outcome.also
        return replace(failed, durable=self._durable)

    async def _handle(self, claim: Claim) -> Outcome:
        try:
            return await self._handlers[claim.kind](claim)
        except DatabaseError:
            raise
        except Exception as error:
            log.exception("%s %s/%d failed unexpectedly", claim.kind, claim.key, claim.seq)
            return _fault(claim, error)


def _fault(claim: Claim, error: Exception) -> Failed:
    """A handler's own fault is tried again, ever more slowly, and never given up."""
    seconds = min(2**claim.attempt, 300)
    what, retry_at = f"{type(error).__name__}: {error}", claim.claimed_at + seconds * _SECOND
    return Failed(what, retry_at, trace=Trace(error="fault"))
