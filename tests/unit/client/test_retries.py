"""When a call is made again: the decision, and both clients keeping to it."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcart.client import (
    AnswerLost,
    BadRequest,
    Exchange,
    InvalidAnswer,
    OrdersApiError,
    Refused,
    Retries,
    ServerFailed,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    Unprocessable,
    backoff,
)
from smartcart.client.retries import next_wait
from tests.support.http_sink import Behaviour, HttpSink, Raw, Reply, Reset, json_reply
from tests.support.ports import free_port
from tests.unit.client.calls import (
    ACCEPTING,
    GET,
    ORDER,
    POSTS,
    SUCCESS,
    UPLOADING,
    Made,
    each_kind,
    every_call,
    raised,
)
from tests.unit.client.flavours import Flavour

QUICK = Retries(attempts=4, budget=5, base=0.01, cap=0.02)


def failed(kind: type[OrdersApiError], retry_after: float | None = None) -> OrdersApiError:
    return kind("why", Exchange(method="GET", path="/", retry_after=retry_after))


def wait(
    error: OrdersApiError,
    method: str = "GET",
    attempt: int = 1,
    elapsed: float = 0,
    jitter: float = 0,
    retries: Retries = Retries(attempts=4, budget=30, base=1, cap=4),  # noqa: B008 - frozen
) -> float | None:
    return next_wait(retries, error, method=method, attempt=attempt, elapsed=elapsed, jitter=jitter)


NEVER = [Refused, BadRequest, Unauthorized, Unprocessable]


@pytest.mark.parametrize(
    ("method", "repeated"),
    [
        ("GET", {Unavailable, TooManyRequests, AnswerLost, ServerFailed, InvalidAnswer}),
        ("POST", {Unavailable, TooManyRequests}),
    ],
)
def test_what_is_repeated(method: str, repeated: set[type[OrdersApiError]]) -> None:
    kinds = [Unavailable, TooManyRequests, AnswerLost, ServerFailed, InvalidAnswer, *NEVER]
    assert {kind for kind in kinds if wait(failed(kind), method) is not None} == repeated


def test_the_number_of_attempts_is_bounded() -> None:
    waits = [wait(failed(Unavailable), attempt=attempt) for attempt in (1, 2, 3, 4)]
    assert waits == [1, 2, 4, None]
    assert wait(failed(Unavailable), retries=Retries.none()) is None


def test_no_attempt_begins_beyond_the_budget() -> None:
    assert wait(failed(Unavailable), elapsed=29) == 1
    assert wait(failed(Unavailable), elapsed=29.1) is None


def test_a_retry_after_is_waited_out_or_not_at_all() -> None:
    assert wait(failed(Unavailable, retry_after=17)) == 17
    assert wait(failed(Unavailable, retry_after=0.1)) == 1
    assert wait(failed(Unavailable, retry_after=31)) is None


def test_jitter_shortens_the_wait() -> None:
    assert wait(failed(Unavailable), attempt=2, jitter=1) == 1


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"attempts": 0}, "attempts"),
        ({"budget": -1}, "budget"),
        ({"budget": float("nan")}, "budget"),
        ({"base": 0}, "base, cap"),
        ({"base": 2, "cap": 1}, "base, cap"),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, int], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named}: "):
        Retries(**settings)


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 1), (2, 2), (3, 4), (4, 8), (7, 60), (10_000, 60), (0, 1)]
)
def test_the_wait_doubles_up_to_the_cap(attempt: int, seconds: float) -> None:
    assert backoff(attempt, jitter=0) == seconds


def test_jitter_takes_up_to_half_away() -> None:
    assert backoff(3, jitter=1) == 2
    assert backoff(3, jitter=0.5) == 3


@given(
    st.integers(-10, 10**9),
    st.floats(0, 1),
    st.floats(0.001, 10),
    st.floats(10, 10_000),
)
def test_the_wait_stays_within_bounds(attempt: int, jitter: float, base: float, cap: float) -> None:
    assert base / 2 <= backoff(attempt, jitter, base, cap) <= cap


def good(made: Made) -> Reply:
    return json_reply(200, ORDER) if made is GET else SUCCESS


BUSY = [Reply(429), Reply(503, headers={"Retry-After": "0"}), Reply(408)]


@every_call
async def test_what_was_not_carried_out_is_repeated(
    flavour: Flavour, sink: HttpSink, made: Made
) -> None:
    sink.answer(*BUSY, good(made))
    async with flavour.open(sink.url(""), retries=QUICK) as client:
        await made.call(client)
    assert len(sink.requests) == 4
    assert {(request.method, request.target) for request in sink.requests} == {
        (made.method, f"/merchants/ecommerce/orders/C{made.path}")
    }
    if made is not UPLOADING:
        assert sink.bodies == [made.body] * 4


@each_kind
async def test_the_last_failure_is_raised(flavour: Flavour, sink: HttpSink, made: Made) -> None:
    sink.answer(*[Reply(429, headers={"X-Request-Id": str(n)}) for n in (1, 2, 3, 4, 5)])
    async with flavour.open(sink.url(""), retries=QUICK) as client:
        error = await raised(client, made)
    assert (type(error), error.request_id) == (TooManyRequests, "4")
    assert len(sink.requests) == 4


LOST: list[Behaviour] = [Reset(), Raw(b""), Reply(500), Reply(503), Reply(200, b"<html>")]


@pytest.mark.parametrize("lost", LOST)
async def test_a_get_whose_answer_was_lost_is_repeated(
    flavour: Flavour, sink: HttpSink, lost: Behaviour
) -> None:
    sink.answer(lost, good(GET))
    async with flavour.open(sink.url(""), retries=QUICK) as client:
        assert (await client.get("C")).raw == ORDER
    assert len(sink.requests) == 2


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize("made", POSTS, ids=lambda made: made.name)
async def test_a_post_whose_answer_was_lost_is_not(
    flavour: Flavour, sink: HttpSink, made: Made, lost: Behaviour
) -> None:
    sink.answer(lost, good(made))
    async with flavour.open(sink.url(""), retries=QUICK) as client:
        assert isinstance(await raised(client, made), AnswerLost)
    assert len(sink.requests) == 1


@each_kind
async def test_a_refusal_is_final(flavour: Flavour, sink: HttpSink, made: Made) -> None:
    sink.answer(Reply(422), good(made))
    async with flavour.open(sink.url(""), retries=QUICK) as client:
        assert isinstance(await raised(client, made), Refused)
    assert len(sink.requests) == 1


async def test_a_server_that_comes_up_late(flavour: Flavour) -> None:
    async with flavour.open(f"http://127.0.0.1:{free_port()}", retries=QUICK) as client:
        began = time.monotonic()
        assert isinstance(await raised(client, ACCEPTING), Unavailable)
        assert time.monotonic() - began >= 0.02  # three waits of half of 0.01 to 0.02


def in_seconds(seconds: float) -> str:
    return str(int(seconds))


def as_date(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(("form", "asked", "least"), [(in_seconds, 1, 1.0), (as_date, 2, 0.9)])
async def test_a_retry_after_is_kept_to(
    flavour: Flavour, sink: HttpSink, form: object, asked: int, least: float
) -> None:
    assert callable(form)
    sink.answer(Reply(503, headers={"Retry-After": form(asked)}), SUCCESS)
    async with flavour.open(sink.url(""), retries=QUICK) as client:
        began = time.monotonic()
        await ACCEPTING.call(client)
        assert least <= time.monotonic() - began < asked + 3
    assert len(sink.requests) == 2


async def test_a_retry_after_beyond_the_budget_ends_the_call(
    flavour: Flavour, sink: HttpSink
) -> None:
    sink.answer(Reply(503, headers={"Retry-After": "6"}), SUCCESS)
    async with flavour.open(sink.url(""), retries=QUICK) as client:
        began = time.monotonic()
        error = await raised(client, ACCEPTING)
        assert time.monotonic() - began < 3
    assert (type(error), error.retry_after) == (Unavailable, 6)
    assert len(sink.requests) == 1


async def test_the_budget_ends_the_call(flavour: Flavour, sink: HttpSink) -> None:
    sink.answer(Reply(429, delay=0.3))
    retries = Retries(attempts=100, budget=1.05, base=0.01, cap=0.02)
    async with flavour.open(sink.url(""), retries=retries) as client:
        assert isinstance(await raised(client, ACCEPTING), TooManyRequests)
    assert len(sink.requests) in {2, 3, 4}
