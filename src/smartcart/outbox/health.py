"""Which lanes fail: noticed by a worker, known to all of them, told once."""

from collections.abc import Callable

from smartcart.kit.database import Conflict, Database, WriteSet
from smartcart.outbox import storage
from smartcart.outbox.entry import Delivered, Outcome
from smartcart.outbox.pace import WELL, Limits, Streak

Told = Callable[[str, int | None], WriteSet]
"""What is to be committed when a lane begins to fail, with the moment, or recovers, with None."""


def nothing(_lane: str, _since: int | None) -> WriteSet:
    return WriteSet()


class Health:
    """How the lanes of a queue fare, as far as this worker has seen."""

    def __init__(self, database: Database, queue: str, limits: Limits, told: Told) -> None:
        self._database = database
        self._queue = queue
        self._limits = limits
        self._told = told
        self._streaks: dict[str, Streak] = {}

    def is_failing(self, lane: str) -> bool:
        return self._streaks.get(lane, WELL).is_failing

    def known(self, lane: storage.Lane) -> None:
        """Take in what all workers know."""
        self._keep(lane.lane, self._streaks.get(lane.lane, WELL).known(lane.failing_since))

    async def settled(self, lane: str, outcome: Outcome, now: int) -> None:
        """Take in how an attempt ended, and tell everybody if that changes what is known."""
        before = self._streaks.get(lane, WELL)
        if isinstance(outcome, Delivered):
            self._keep(lane, WELL)
            if before.is_failing:
                await self._tell(storage.recovered(self._queue, lane) + self._told(lane, None))
        elif outcome.blames_lane:
            after = before.failed(now, self._limits.failing_after)
            self._keep(lane, after)
            if after.is_failing and not before.is_failing:
                failing = storage.failing(self._queue, lane, after.since)
                await self._tell(failing + self._told(lane, after.since))

    def _keep(self, lane: str, streak: Streak) -> None:
        """Lanes that are well are not remembered: there are many."""
        if streak == WELL:
            self._streaks.pop(lane, None)
        else:
            self._streaks[lane] = streak

    async def _tell(self, news: WriteSet) -> None:
        try:
            await self._database.commit(news)
        except Conflict:
            return  # another worker has told it
