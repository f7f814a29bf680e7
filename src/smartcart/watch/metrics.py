"""The figures of one process, as Prometheus reads them."""

import asyncio
import platform
from collections.abc import Awaitable, Callable, Iterator
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Info, Metric, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Refresh = Callable[[], Awaitable[None]]
"""Brings figures up to date that are looked up and not counted."""

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Buckets in seconds for what a machine does."""


class Metrics:
    """A registry of this program's own, and what is to be looked up when it is asked for."""

    def __init__(self, half: str) -> None:
        self.registry = CollectorRegistry()
        self._shops: dict[str, CollectorRegistry] = {}
        self._refreshes: list[Refresh] = []
        ProcessCollector(registry=self.registry)
        Info("smartcart_build", "Which program this is.", registry=self.registry).info(
            {
                "half": half,
                "version": version("smartcart"),
                "python": platform.python_version(),
            }
        )

    def of_shop(self, name: str) -> CollectorRegistry:
        """Another registry, whose figures are given with the label `shop`."""
        return self._shops.setdefault(name, CollectorRegistry())

    def collect(self) -> Iterator[Metric]:
        """All figures; those that the process and several shops have are one family."""
        families = {found.name: found for found in self.registry.collect()}
        for name, registry in self._shops.items():
            for found in registry.collect():
                family = families.setdefault(
                    found.name, Metric(found.name, found.documentation, found.type)
                )
                family.samples += [
                    one._replace(labels={"shop": name, **one.labels}) for one in found.samples
                ]
        yield from families.values()

    def looked_up(self, refresh: Refresh) -> None:
        """Call `refresh` before the figures are read."""
        self._refreshes.append(refresh)

    def routes(self) -> list[Route]:
        return [Route("/metrics", self.exposition)]

    async def exposition(self, _request: Request) -> Response:
        await asyncio.gather(*(refresh() for refresh in self._refreshes))
        return Response(
            generate_latest(_Collected(self)), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4}
        )


class _Collected(CollectorRegistry):
    """What `generate_latest` asks for figures."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        return self._metrics.collect()
