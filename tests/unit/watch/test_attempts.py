"""Attempts counted by how they ended, in a bounded number of words."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry

from smartcart.kit.clock import micros, utc_now
from smartcart.outbox import Claim, Delivered, Failed, Outcome, Trace
from smartcart.watch.attempts import Attempts
from smartcart.watch.errors import error_class


def a_claim(*, age: float = 0, is_taken_over: bool = False) -> Claim:
    now = micros(utc_now())
    created_at = now - int(age * 1_000_000)
    return Claim("k", 1, "lane", "kind", "{}", created_at, 1, now, now, "lease", is_taken_over)


class Measured:
    """A queue whose one handler gives `outcome`, and its figures."""

    def __init__(self, outcome: Outcome | Exception | BaseException) -> None:
        self.registry = CollectorRegistry()
        self._outcome = outcome
        self.handle = Attempts(self.registry).watched("webhook", {"kind": self._handle})["kind"]

    async def _handle(self, _claim: Claim) -> Outcome:
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        return self._outcome

    def figure(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(
            f"smartcart_outbox_{name}", {"queue": "webhook", **labels}
        )

    def attempts(self) -> dict[tuple[str, str], float]:
        return {
            (sample.labels["outcome"], sample.labels["error"]): sample.value
            for metric in self.registry.collect()
            for sample in metric.samples
            if sample.name == "smartcart_outbox_attempts_total" and sample.value
        }


@pytest.mark.parametrize(
    ("outcome", "counted"),
    [
        (Delivered("200"), ("delivered", "none")),
        (Failed("", 5, trace=Trace(status=503, error="status")), ("failed", "5xx")),
        (Failed("", 5, trace=Trace(error="timeout")), ("failed", "timeout")),
        (Failed("", None, trace=Trace(status=404, error="status")), ("exhausted", "4xx")),
        (Failed("shop-7: its very own words", None), ("exhausted", "other")),
    ],
)
async def test_an_outcome_is_handed_on_and_counted(
    outcome: Outcome, counted: tuple[str, str]
) -> None:
    measured = Measured(outcome)
    assert await measured.handle(a_claim()) is outcome
    assert measured.attempts() == {counted: 1}
    assert measured.figure("attempt_seconds_count") == 1
    assert measured.figure("in_flight") == 0


@pytest.mark.parametrize(
    ("error", "ended"),
    [(RuntimeError("bug"), "crashed"), (asyncio.CancelledError(), "given_back")],
)
async def test_a_handler_that_raises_is_counted_and_raises(
    error: BaseException, ended: str
) -> None:
    measured = Measured(error)
    with pytest.raises(type(error)):
        await measured.handle(a_claim())
    assert measured.attempts() == {(ended, "none"): 1}
    assert measured.figure("attempt_seconds_count") == 1
    assert measured.figure("in_flight") == 0


async def test_the_time_from_commit_to_delivery_is_that_of_all_attempts() -> None:
    measured = Measured(Delivered())
    await measured.handle(a_claim(age=70))
    assert 70 <= (measured.figure("delivery_seconds_sum") or 0) < 71
    failing = Measured(Failed("500", 5))
    await failing.handle(a_claim(age=70))
    assert failing.figure("delivery_seconds_count") == 0


async def test_a_lease_that_expired_is_counted_by_who_takes_it_over() -> None:
    measured = Measured(Delivered())
    await measured.handle(a_claim())
    assert measured.figure("leases_expired_total") == 0
    await measured.handle(a_claim(is_taken_over=True))
    assert measured.figure("leases_expired_total") == 1


@pytest.mark.parametrize(
    ("met", "found"),
    [
        (Trace(status=302, error="status"), "3xx"),
        (Trace(status=599, error="status"), "5xx"),
        (Trace(error="refused_address", peer="10.0.0.1"), "refused_address"),
        (Trace(status=302, error="redirect"), "redirect"),
        (Trace(error="not_sent"), "not_sent"),
        (Trace(error="shop-7's own word"), "other"),
        (Trace(error="status"), "status"),
        (Trace(), "other"),
    ],
)
def test_the_class_of_an_error(met: Trace, found: str) -> None:
    assert error_class(Failed("", None, trace=met)) == found
