"""Figures of deliveries: how each attempt of the outbox ended, and how long it took."""

from asyncio import CancelledError
from collections.abc import Callable, Mapping
from time import perf_counter, time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from smartcart.outbox import Claim, Delivered, Handler, Outcome
from smartcart.watch.errors import error_class
from smartcart.watch.metrics import FAST

_SECOND = 1_000_000
_UNTIL_DELIVERED = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300, 600, 1200)


class Attempts:
    """Wraps the handlers of a queue. No label names a merchant, an order or an address."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "smartcart_outbox_attempts",
            "Attempts by how they ended: delivered, failed (to be tried again), exhausted, crashed,"
            " given_back (by a program that stops); and by the class of their error.",
            ["queue", "outcome", "error"],
            registry=registry,
        )
        self._seconds = Histogram(
            "smartcart_outbox_attempt_seconds",
            "How long an attempt took.",
            ["queue"],
            buckets=FAST,
            registry=registry,
        )
        self._delivery = Histogram(
            "smartcart_outbox_delivery_seconds",
            "From the commit of an entry to its delivery, all attempts included.",
            ["queue"],
            buckets=_UNTIL_DELIVERED,
            registry=registry,
        )
        self._lost = Counter(
            "smartcart_outbox_leases_expired",
            "Attempts that were lost with their worker, and are made again.",
            ["queue"],
            registry=registry,
        )
        self._in_flight = Gauge(
            "smartcart_outbox_in_flight",
            "Attempts that this process is making.",
            ["queue"],
            registry=registry,
        )

    def watched(self, queue: str, handlers: Mapping[str, Handler]) -> Mapping[str, Handler]:
        """The same handlers, counted and timed."""
        return {kind: self._watched(queue, handler) for kind, handler in handlers.items()}

    def _watched(self, queue: str, handler: Handler) -> Handler:
        seconds = self._seconds.labels(queue)
        in_flight = self._in_flight.labels(queue)
        lost = self._lost.labels(queue)
        crashed = self._attempts.labels(queue, "crashed", "none")
        given_back = self._attempts.labels(queue, "given_back", "none")
        count = self._counting(queue)

        async def attempt(claim: Claim) -> Outcome:
            if claim.is_taken_over:
                lost.inc()
            in_flight.inc()
            begun = perf_counter()
            try:
                outcome = await handler(claim)
            except CancelledError:
                given_back.inc()
                raise
            except Exception:
                crashed.inc()
                raise
            finally:
                seconds.observe(perf_counter() - begun)
                in_flight.dec()
            count(claim, outcome)
            return outcome

        return attempt

    def _counting(self, queue: str) -> Callable[[Claim, Outcome], None]:
        delivered = self._attempts.labels(queue, "delivered", "none")
        delivery = self._delivery.labels(queue)

        def count(claim: Claim, outcome: Outcome) -> None:
            if isinstance(outcome, Delivered):
                delivered.inc()
                delivery.observe(max(time() - claim.created_at / _SECOND, 0))
            else:
                ended = "exhausted" if outcome.retry_at is None else "failed"
                self._attempts.labels(queue, ended, error_class(outcome)).inc()

        return count
