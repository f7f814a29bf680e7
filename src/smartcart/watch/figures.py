"""All figures of a program, each subject measured in one place."""

from collections.abc import Mapping, Set

from prometheus_client import Histogram

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
        self.commits = Commits(registry)
        self.requests = Requests(registry)
        self.lag = Histogram(
            "smartcart_loop_lag_seconds",
            "How late the event loop came to a timer.",
            buckets=FAST,
            registry=registry,
        )
        self.webhook = Webhook()
        registry.register(self.webhook)
        self._attempts = Attempts(registry)

    def handlers(self, queue: str, handlers: Mapping[str, Handler]) -> Mapping[str, Handler]:
        return self._attempts.watched(queue, handlers)

    def outbox(self, database: Database, queues: Set[str]) -> None:
        """Look up what waits in these queues."""
        standings = Standings(database, queues)
        self.metrics.registry.register(standings)
        self.metrics.looked_up(standings.refresh)
