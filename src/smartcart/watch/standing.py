"""Figures of what waits in the outbox: looked up in the database, the same in every process."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from smartcart.kit.database import Database, DatabaseError
from smartcart.outbox.standing import LATE_SECONDS, NOT_DUE, Standing, failing, standing

_WITHIN = 5.0
_REMEMBERED = 5.0
_SECOND = 1_000_000


class Standings(Collector):
    """What waits in the outbox of `database`, which holds the `queues`.

    Looked up when it is asked for, once in five seconds at most. Lanes, which are merchants, are
    counted by how late they are and never named: ten thousand make no more figures than one.
    """

    def __init__(self, database: Database, queues: Iterable[str]) -> None:
        self._database = database
        self._queues = sorted(queues)
        self._found: Sequence[Standing] | None = None
        self._failing: Mapping[str, int] = {}
        self._now = 0
        self._looked_at: float | None = None
        self._one_at_a_time = asyncio.Lock()

    async def refresh(self) -> None:
        async with self._one_at_a_time:
            clock = asyncio.get_running_loop().time
            if self._looked_at is None or clock() - self._looked_at >= _REMEMBERED:
                self._found = await self._look()
                self._looked_at = clock()

    async def _look(self) -> Sequence[Standing] | None:
        try:
            async with asyncio.timeout(_WITHIN):
                self._now = await self._database.now()
                found = await standing(self._database, self._now)
                self._failing = {one.queue: one.lanes for one in await failing(self._database)}
                return found
        except (TimeoutError, DatabaseError):
            return None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Without figures, rather than with old ones, when they could not be looked up."""
        yield GaugeMetricFamily(
            "smartcart_outbox_up",
            "1 when the figures of what waits could be looked up.",
            value=self._found is not None,
        )
        if self._found is not None:
            yield self._entries(self._found)
            yield self._oldest(self._found)
            yield self._lanes(self._found)
            yield self._failing_lanes()

    def _entries(self, found: Sequence[Standing]) -> GaugeMetricFamily:
        family = GaugeMetricFamily(
            "smartcart_outbox_entries", "Entries that are not settled.", labels=["queue"]
        )
        for queue in self._queues:
            family.add_metric([queue], sum(one.entries for one in found if one.queue == queue))
        return family

    def _oldest(self, found: Sequence[Standing]) -> GaugeMetricFamily:
        family = GaugeMetricFamily(
            "smartcart_outbox_oldest_due_seconds",
            "For how long the oldest entry that is due has been so; 0 when none is.",
            labels=["queue"],
        )
        for queue in self._queues:
            late = (self._now - one.due_at for one in found if one.queue == queue)
            family.add_metric([queue], max(0, *late, 0) / _SECOND)
        return family

    def _failing_lanes(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily(
            "smartcart_outbox_failing_lanes", "Lanes that fail.", labels=["queue"]
        )
        for queue in self._queues:
            family.add_metric([queue], self._failing.get(queue, 0))
        return family

    def _lanes(self, found: Sequence[Standing]) -> GaugeMetricFamily:
        family = GaugeMetricFamily(
            "smartcart_outbox_lanes",
            "Lanes with entries, by the seconds that their oldest has been due, at least; "
            "-1 for not due.",
            labels=["queue", "late"],
        )
        lanes = {(one.queue, one.late): one.lanes for one in found}
        for queue in self._queues:
            for late in (NOT_DUE, *LATE_SECONDS):
                family.add_metric([queue, str(late)], lanes.get((queue, late), 0))
        return family
