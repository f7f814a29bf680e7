"""Spans of OpenTelemetry: a request, what it commits, and each attempt to deliver that.

Only its API is used; where spans go is for whoever runs the program to configure, before it starts.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version

from opentelemetry.propagate import extract
from opentelemetry.trace import (
    Link,
    NoOpTracerProvider,
    ProxyTracerProvider,
    Span,
    SpanKind,
    Status,
    StatusCode,
    TracerProvider,
    get_current_span,
    get_tracer_provider,
)
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from smartcart import outbox
from smartcart.kit import about
from smartcart.kit.database import Database, Only, Value, WriteSet, every
from smartcart.kit.database.interface import T
from smartcart.outbox import Claim, Failed, Handler, Outcome
from smartcart.watch.errors import error_class

_SERVER_FAULT = 500


class Tracing:
    """Wraps what is to be traced. A span says what lines of the log say, see `kit.about`.

    An attempt is made long after the call that caused it, and maybe by another process: the span of
    the commit names the entries that it wrote, those of the attempts the entry that they try.
    """

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("smartcart", version("smartcart"))

    def traced(self, app: Starlette) -> ASGIApp:
        """`app` with a span for each request that a route of its own answers."""
        routes: dict[object, Route] = {
            one.endpoint: one for one in app.routes if isinstance(one, Route)
        }

        async def trace(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            with self._span(scope["method"], SpanKind.SERVER, _links(scope)) as span:
                await app(scope, receive, _noting_status(span, send))
                _describe(span, scope["method"], routes.get(scope.get("endpoint")))

        return trace

    def handlers(self, queue: str, handlers: Mapping[str, Handler]) -> Mapping[str, Handler]:
        """The same handlers, with a span for each attempt."""
        return {kind: self._attempting(queue, handler) for kind, handler in handlers.items()}

    def _attempting(self, queue: str, handler: Handler) -> Handler:
        async def attempt(claim: Claim) -> Outcome:
            with self._span(f"{queue} {claim.kind}", SpanKind.CONSUMER) as span:
                outcome = await handler(claim)
                _wrote(span, outcome.also)
                if isinstance(outcome, Failed):
                    _failed(span, error_class(outcome))
                return outcome

        return attempt

    def database(self, database: Database) -> Database:
        """`database` with a span for what is committed during a request or an attempt."""
        return _Traced(database, self)

    @contextmanager
    def commit(self, write_set: WriteSet) -> Iterator[None]:
        if not get_current_span().is_recording():
            yield
            return
        with self._span("commit", SpanKind.CLIENT) as span:
            _wrote(span, write_set)
            yield

    @contextmanager
    def _span(self, name: str, kind: SpanKind, links: tuple[Link, ...] = ()) -> Iterator[Span]:
        """Of an error only its kind is told: what it says may hold a customer's data."""
        with self._tracer.start_as_current_span(
            name, kind=kind, links=links, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except BaseException as error:
                _failed(span, type(error).__name__)
                raise
            finally:
                for fact, value in about.facts().items():
                    span.set_attribute(f"smartcart.{fact}", str(value))


class _Traced:
    def __init__(self, database: Database, tracing: Tracing) -> None:
        self._database = database
        self._tracing = tracing

    async def read(self, row: type[T], sql: str, *params: Value) -> list[T]:
        return await self._database.read(row, sql, *params)

    async def commit(self, write_set: WriteSet) -> None:
        with self._tracing.commit(write_set):
            await self._database.commit(write_set)

    async def now(self) -> int:
        return await self._database.now()

    def wake_up(self, channel: str, only: Only = every) -> asyncio.Event:
        return self._database.wake_up(channel, only)

    async def close(self) -> None:
        await self._database.close()


def tracing() -> Tracing | None:
    """None unless somebody has configured where spans go."""
    provider = get_tracer_provider()
    if isinstance(provider, ProxyTracerProvider | NoOpTracerProvider):
        return None
    return Tracing(provider)


def _links(scope: Scope) -> tuple[Link, ...]:
    """To the caller's span. It is no parent: a stranger does not say what is sampled here."""
    callers = get_current_span(extract(Headers(scope=scope))).get_span_context()
    return (Link(callers),) if callers.is_valid else ()


def _noting_status(span: Span, send: Send) -> Send:
    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            span.set_attribute("http.response.status_code", message["status"])
            if message["status"] >= _SERVER_FAULT:
                _failed(span, str(message["status"]))
        await send(message)

    return noting


def _describe(span: Span, method: str, route: Route | None) -> None:
    """By the route: the path itself may be a secret."""
    span.set_attribute("http.request.method", method)
    if route is not None:
        span.update_name(f"{method} {route.path}")
        span.set_attribute("http.route", route.path)
        span.set_attribute("smartcart.operation", route.name)


def _wrote(span: Span, write_set: WriteSet) -> None:
    span.set_attribute("smartcart.entries", outbox.enqueued(write_set))


def _failed(span: Span, kind: str) -> None:
    span.set_status(Status(StatusCode.ERROR))
    span.set_attribute("error.type", kind)
