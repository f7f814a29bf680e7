"""Figures of the database: what waits to be written, and how much one transaction takes."""

from collections import Counter as Counted
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from smartcart.kit.database import DatabaseError

_GROUPS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Commits:
    """An observer of write sets, see `kit.database.Observer`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._queued = Gauge(
            "smartcart_database_queued", "Write sets that wait to be committed.", registry=registry
        )
        self._groups = Histogram(
            "smartcart_database_group_size",
            "Write sets that were put into one transaction.",
            buckets=_GROUPS,
            registry=registry,
        )
        self._write_sets = Counter(
            "smartcart_database_write_sets",
            "Write sets by how they ended: written, or the kind of error.",
            ["outcome"],
            registry=registry,
        )

    def submitted(self) -> None:
        self._queued.inc()

    def settled(self, outcomes: Sequence[DatabaseError | None]) -> None:
        self._queued.dec(len(outcomes))
        self._groups.observe(len(outcomes))
        for name, count in Counted(map(_named, outcomes)).items():
            self._write_sets.labels(name).inc(count)


def _named(outcome: DatabaseError | None) -> str:
    return "written" if outcome is None else type(outcome).__name__
