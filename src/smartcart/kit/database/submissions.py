"""Write sets on their way to the writer: counted, and not cancelled with their callers."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from smartcart.kit.database.errors import DatabaseBusy, DatabaseError, DatabaseUnavailable
from smartcart.kit.database.wake_ups import WakeUps
from smartcart.kit.database.write_set import Effect, Guard, Value, WriteSet

Job = tuple[WriteSet, asyncio.Future[None]]
Outcome = DatabaseError | None
"""None for written."""


class Observer(Protocol):
    """Is told of write sets, on the event loop."""

    def submitted(self) -> None:
        """One more waits to be written."""
        ...

    def settled(self, outcomes: Sequence[Outcome]) -> None:
        """These no longer wait: they shared a transaction, and ended so."""
        ...


class Submissions:
    """Hands out jobs while there is room, and settles them; used on the event loop only."""

    def __init__(
        self, limit: int, wake_ups: WakeUps, where: str, observer: Observer | None = None
    ) -> None:
        self._limit = limit
        self._wake_ups = wake_ups
        self._where = where
        self._observer = observer
        self._queued = 0
        self._open = True

    def job(self, write_set: WriteSet) -> Job:
        """A job to queue and to wait for. Raises DatabaseBusy, DatabaseUnavailable."""
        self.require_open()
        _check(write_set)
        if self._queued >= self._limit:
            raise DatabaseBusy(f"{self._queued} write sets are waiting for {self._where}")
        self._queued += 1
        if self._observer is not None:
            self._observer.submitted()
        return write_set, asyncio.get_running_loop().create_future()

    def settle(self, jobs: Sequence[Job], outcomes: Sequence[Outcome]) -> None:
        """Wake who waits for the channels of what was written, and answer the callers."""
        self._queued -= len(jobs)
        if self._observer is not None:
            self._observer.settled(outcomes)
        written = [job for job, outcome in zip(jobs, outcomes, strict=True) if outcome is None]
        self._wake_ups.wake({channel for write_set, _ in written for channel in write_set.wakes})
        for (_, future), outcome in zip(jobs, outcomes, strict=True):
            _answer(future, outcome)

    def require_open(self) -> None:
        if not self._open:
            raise DatabaseUnavailable(f"{self._where} was closed by this program")

    def close(self) -> bool:
        """Take no more; whether it was open until now."""
        was_open, self._open = self._open, False
        return was_open


def _check(write_set: WriteSet) -> None:
    """Refuse here what would trouble neighbours, or what only one of the engines refuses."""
    steps: tuple[Guard | Effect, ...] = (*write_set.guards, *write_set.effects)
    for step in steps:
        if not isinstance(step.key, str):
            raise TypeError(f"the key of a statement is a text, not {step.key!r}")
        if _holds_nul(step.params):
            raise DatabaseError(
                f"a text for {step.key!r} holds the character NUL, which cannot be stored: leave "
                "it out, or store the text as bytes"
            )


def _holds_nul(values: Sequence[Value]) -> bool:
    """Looks at every value that is ever written: a generator takes twice the time."""
    for value in values:
        if (value.__class__ is str or isinstance(value, str)) and "\0" in value:
            return True
    return False


def _answer(future: asyncio.Future[None], outcome: Outcome) -> None:
    if future.done():  # the caller was cancelled; what it asked for is done all the same
        return
    if outcome is None:
        future.set_result(None)
    else:
        future.set_exception(outcome)
