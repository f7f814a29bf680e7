"""A program under watch: its composition root asks this for what it hands to its parts."""

import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from smartcart.contract import WebhookStanding
from smartcart.kit.database import Database, Observer
from smartcart.kit.loop import Role
from smartcart.kit.serving import listen, serve
from smartcart.outbox import Handler
from smartcart.watch import lines
from smartcart.watch.health import Health
from smartcart.watch.heartbeat import Heartbeat
from smartcart.watch.readiness import Readiness
from smartcart.watch.routes import Probes

if TYPE_CHECKING:
    from smartcart.watch.figures import Figures
    from smartcart.watch.tracing import Tracing


@contextmanager
def watched(
    half: str, queues: frozenset[str], host: str, port: int | None, grace_seconds: float
) -> Iterator["Watch"]:
    """A program of this `half`, whose outbox holds `queues`.

    Figures are served on `host` and `port`; without a port there are none, and they cost nothing.
    For `grace_seconds` after it is told to stop it serves on, see `Health.lingering`. Raises
    `PortTaken`.
    """
    if port is None:
        yield Watch(grace_seconds=grace_seconds)
        return
    # Slow to import, and of no use to a program that is not measured.
    from smartcart.watch.figures import Figures  # noqa: PLC0415

    with listen(host, port) as listener:
        yield Watch(Figures(half), listener, queues, grace_seconds)


class Watch:
    """Health and what lines are about always; figures with a listener, and spans, when wanted."""

    def __init__(
        self,
        figures: "Figures | None" = None,
        listener: socket.socket | None = None,
        queues: frozenset[str] = frozenset(),
        grace_seconds: float = 0,
    ) -> None:
        self._figures = figures
        self._listener = listener
        self._queues = queues
        self._grace = grace_seconds
        self._tracing = _tracing()
        self._heartbeat = Heartbeat(figures.lag.observe) if figures else Heartbeat()
        self._health = Health(self._heartbeat)

    @property
    def observer(self) -> Observer | None:
        """For `open_database`."""
        return self._figures.commits if self._figures else None

    def database(self, database: Database) -> Database:
        """For all who commit: `database`, its commits traced."""
        return self._tracing.database(database) if self._tracing else database

    def handlers(self, queue: str, handlers: Mapping[str, Handler]) -> Mapping[str, Handler]:
        """For the worker of `queue`."""
        traced = self._tracing.handlers(queue, handlers) if self._tracing else handlers
        told = lines.told(queue, traced)
        return self._figures.handlers(queue, told) if self._figures else told

    @property
    def webhook(self) -> Callable[[WebhookStanding | None], None]:
        """For who asks the marketplace how the shop's webhook fares."""
        return self._figures.webhook.told if self._figures else _untold

    def routes(self, database: Database) -> list[Route]:
        """For the program's own routes: /healthz and /readyz."""
        return Probes(self._health, Readiness(database)).routes()

    def serving(self, program: Starlette, listener: socket.socket) -> Role:
        """The role that serves `program`, its requests numbered, counted and traced."""
        app: ASGIApp = self._tracing.traced(program) if self._tracing else program
        if self._figures:
            app = self._figures.requests.counted(app, program.routes)
        return self._serving("http", lines.numbered(app), listener)

    def over(self, database: Database, roles: Sequence[Role]) -> list[Role]:
        """All `roles` under watch, and those that watch."""
        watching = [Role("heartbeat", self._heartbeat.run)]
        if self._figures and self._listener:
            self._figures.outbox(database, self._queues)
            routes = [*self.routes(database), *self._figures.metrics.routes()]
            watching.append(self._serving("watch", Starlette(routes=routes), self._listener))
        return [self._health.watched(role) for role in (*roles, *watching)]

    def _serving(self, name: str, app: ASGIApp, listener: socket.socket) -> Role:
        return self._health.lingering(Role(name, partial(serve, app, listener)), self._grace)


def _untold(_standing: WebhookStanding | None) -> None:
    return


def _tracing() -> "Tracing | None":
    """Whoever configures where spans go has imported OpenTelemetry by now."""
    if "opentelemetry.trace" not in sys.modules:
        return None
    from smartcart.watch.tracing import tracing  # noqa: PLC0415 - needs an optional extra

    return tracing()
