"""A program under watch: its composition root asks this for what it hands to its parts."""

import asyncio
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from smartcart.contract import WebhookStanding
from smartcart.kit import about
from smartcart.kit.database import Database, Observer
from smartcart.kit.loop import Role
from smartcart.kit.serving import listen, serve
from smartcart.outbox import Handler
from smartcart.watch import lines
from smartcart.watch.health import Health
from smartcart.watch.heartbeat import Heartbeat
from smartcart.watch.readiness import AnyReady, Readiness, Ready
from smartcart.watch.routes import Probes

if TYPE_CHECKING:
    from smartcart.watch.figures import Figures, Work
    from smartcart.watch.tracing import Tracing

Databases = Database | Mapping[str, Database]
"""The program's one, or those of several shops by their names."""


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
        self._work: Work | None = None
        self.shop = ""
        """The one of several that these parts work for; empty for the only one."""
        self._shops: dict[str, Watch] = {}

    def of(self, shop: str) -> "Watch":
        """For the parts that work for one of several shops."""
        if shop not in self._shops:
            own = copy(self)
            own.shop = shop
            own._work = self._figures.of_shop(shop) if self._figures else None
            self._shops[shop] = own
        return self._shops[shop]

    @property
    def observer(self) -> Observer | None:
        """For `open_database`."""
        return work.commits if (work := self._working()) else None

    def database(self, database: Database) -> Database:
        """For all who commit: `database`, its commits traced."""
        return self._tracing.database(database) if self._tracing else database

    def handlers(self, queue: str, handlers: Mapping[str, Handler]) -> Mapping[str, Handler]:
        """For the worker of `queue`."""
        traced = self._tracing.handlers(queue, handlers) if self._tracing else handlers
        told = lines.told(queue, traced)
        return work.handlers(queue, told) if (work := self._working()) else told

    @property
    def webhook(self) -> Callable[[WebhookStanding | None], None]:
        """For who asks the marketplace how the shop's webhook fares."""
        return work.webhook.told if (work := self._working()) else _untold

    def routes(self, databases: Databases) -> list[Route]:
        """For the program's own routes: /healthz and /readyz."""
        return Probes(self._health, _readiness(databases)).routes()

    def serving(self, program: Starlette, listener: socket.socket) -> Role:
        """The role that serves `program`, its requests numbered, counted and traced."""
        app: ASGIApp = self._tracing.traced(program) if self._tracing else program
        if self._figures:
            app = self._figures.requests.counted(app, program.routes)
        return self._serving("http", lines.numbered(app), listener)

    def roles(self, roles: Sequence[Role]) -> list[Role]:
        """The shop's own under watch: their names, and the lines that they log, have its name."""
        return [self._health.watched(self._named(role), self.shop) for role in roles]

    def over(self, databases: Databases, roles: Sequence[Role]) -> list[Role]:
        """All `roles` under watch, and those that watch; but for those that are."""
        watching = [Role("heartbeat", self._heartbeat.run)]
        if self._figures and self._listener:
            self._look_up(databases)
            routes = [*self.routes(databases), *self._figures.metrics.routes()]
            watching.append(self._serving("watch", Starlette(routes=routes), self._listener))
        return [self._health.watched(role) for role in (*roles, *watching)]

    def _look_up(self, databases: Databases) -> None:
        several = databases if isinstance(databases, Mapping) else {"": databases}
        for shop, database in several.items():
            if work := (self.of(shop) if shop else self)._working():
                work.outbox(database, self._queues)

    def _working(self) -> "Work | None":
        """Figures of the one database, unless there are several."""
        if self._work is None and self._figures:
            self._work = self._figures.whole()
        return self._work

    def _named(self, role: Role) -> Role:
        if not self.shop:
            return role

        async def run(stop: asyncio.Event) -> None:
            about.keep(shop=self.shop)
            await role.run(stop)

        return Role(f"{self.shop}: {role.name}", run)

    def _serving(self, name: str, app: ASGIApp, listener: socket.socket) -> Role:
        return self._health.lingering(Role(name, partial(serve, app, listener)), self._grace)


def _readiness(databases: Databases) -> Ready:
    if isinstance(databases, Mapping):
        return AnyReady({shop: Readiness(one) for shop, one in databases.items()})
    return Readiness(databases)


def _untold(_standing: WebhookStanding | None) -> None:
    return


def _tracing() -> "Tracing | None":
    """Whoever configures where spans go has imported OpenTelemetry by now."""
    if "opentelemetry.trace" not in sys.modules:
        return None
    from smartcart.watch.tracing import tracing  # noqa: PLC0415 - needs an optional extra

    return tracing()
