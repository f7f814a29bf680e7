"""All figures of a program, each subject measured in one place."""

from collections.abc import Mapping, Set

from prometheus_client import CollectorRegistry, Histogram

from smartcart.kit.database import Database
from smartcart.outbox import Handler
from smartcart.watch.attempts import Attempts
from smartcart.watch.commits import Commits
from smartcart.watch.metrics import FAST, Metrics
from smartcart.watch.requests import Requests
from smartcart.watch.standing import Standings
from smartcart.watch.webhook import Webhook


class Figures:
    """Imported only by a program that is measured."""

    def __init__(self, half: str) -> None:
        self.metrics = Metrics(half)
        registry = self.metrics.registry
        self.requests = Requests(registry)
        self.lag = Histogram(
            "smartcart_loop_lag_seconds",
            "How late the event loop came to a timer.",
            buckets=FAST,
            registry=registry,
        )

    def whole(self) -> "Work":
        """Of a program that works on one database."""
        return Work(self.metrics, self.metrics.registry)

    def of_shop(self, name: str) -> "Work":
        """Of one of several shops, whose figures carry its name."""
        registry = self.metrics.of_shop(name)
        self.requests.of_shop(name, registry)
        return Work(self.metrics, registry)


class Work:
    """Figures of the work that is done on one database."""

    def __init__(self, metrics: Metrics, registry: CollectorRegistry) -> None:
        self.commits = Commits(registry)
        self.webhook = Webhook()
        registry.register(self.webhook)
        self._attempts = Attempts(registry)
        self._metrics = metrics
        self._registry = registry

    def handlers(self, queue: str, handlers: Mapping[str, Handler]) -> Mapping[str, Handler]:
        return self._attempts.watched(queue, handlers)

    def outbox(self, database: Database, queues: Set[str]) -> None:
        """Look up what waits in these queues."""
        standings = Standings(database, queues)
        self._registry.register(standings)
        self._metrics.looked_up(standings.refresh)
