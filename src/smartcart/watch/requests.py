"""Figures of requests that are answered."""

from collections.abc import Iterable
from time import perf_counter

from prometheus_client import CollectorRegistry, Histogram
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from smartcart.watch.metrics import FAST

UNROUTED = "none"


class Requests:
    """Counts and times the requests of a program, by operation and status.

    An operation is what the program's own table calls it; a path that nobody knows is none, so
    that strangers cannot make up labels.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "smartcart_http_request_seconds",
            "From a request to the end of its answer, by operation and status.",
            ["operation", "status"],
            buckets=FAST,
            registry=registry,
        )

    def counted(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> ASGIApp:
        """`app`, whose `routes` have the names of their operations."""
        operations: dict[object, str] = {
            one.endpoint: one.name for one in routes if isinstance(one, Route)
        }

        async def count(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            status = "500"

            async def sending(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = str(message["status"])
                await send(message)

            begun = perf_counter()
            try:
                await app(scope, receive, sending)
            finally:
                name = operations.get(scope.get("endpoint"), UNROUTED)
                self._seconds.labels(name, status).observe(perf_counter() - begun)

        return count
