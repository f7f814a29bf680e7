"""Figures of requests that are answered."""

from collections.abc import Iterable
from time import perf_counter

from prometheus_client import CollectorRegistry, Histogram
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from smartcart.kit import about
from smartcart.watch.metrics import FAST

UNROUTED = "none"


class Requests:
    """Counts and times the requests of a program, by operation and status.

    An operation is what the program's own table calls it; a path that nobody knows is none, so
    that strangers cannot make up labels. A request that is about one of several shops, as its lines
    in the log are, is counted with those of that shop, and any other with the program's.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = _seconds(registry)
        self._of_shops: dict[object, Histogram] = {}

    def of_shop(self, name: str, registry: CollectorRegistry) -> None:
        """Count those of this shop in a `registry` of its own."""
        self._of_shops[name] = _seconds(registry)

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
                seconds = self._of_shops.get(about.facts().get("shop"), self._seconds)
                seconds.labels(name, status).observe(perf_counter() - begun)

        return count


def _seconds(registry: CollectorRegistry) -> Histogram:
    return Histogram(
        "smartcart_http_request_seconds",
        "From a request to the end of its answer, by operation and status.",
        ["operation", "status"],
        buckets=FAST,
        registry=registry,
    )
