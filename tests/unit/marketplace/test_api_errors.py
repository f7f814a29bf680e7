"""What callers are told of failures, over HTTP: in the contract's shape, and no more than is so."""

import logging
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smartcart.kit import database
from smartcart.kit.database import DatabaseError, Statement
from smartcart.marketplace.api.errors import HANDLERS
from tests.support.market_server import Caller, serving

SECRET = "customer Καλλέργη, password 1234"
GUARD = Statement("update orders set code = $1", rank=1).guard("k", "k")
FAILURES: dict[str, Exception] = {
    "busy": database.DatabaseBusy(SECRET),
    "locked": database.DatabaseLocked(SECRET),
    "away": database.DatabaseUnavailable(SECRET),
    "full": database.DatabaseFull(SECRET),
    "slow": database.QueryTimeout(SECRET),
    "unknown": database.CommitUnknown(SECRET),
    "conflict": database.Conflict(GUARD, 0),
    "integrity": database.IntegrityViolation(SECRET),
    "statement": DatabaseError(SECRET),
    "fault": ValueError(SECRET),
}


def failing(name: str) -> Route:
    async def fail(_request: Request) -> Response:
        raise FAILURES[name]

    return Route(f"/{name}", fail, methods=["GET", "POST"])


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    app = Starlette(routes=[failing(name) for name in FAILURES], exception_handlers=HANDLERS)
    async with serving(app) as url, Caller(url, "token") as calling:
        yield calling


async def test_where_nothing_was_carried_out_the_caller_may_try_again(caller: Caller) -> None:
    for name in ("busy", "locked", "away", "full", "slow"):
        answer = await caller.post(f"/{name}")
        assert answer.refusal == (503, "unavailable", "Try again in a moment.")
        assert answer.headers["retry-after"] == "1"


async def test_where_that_is_not_certain_nothing_is_promised(caller: Caller) -> None:
    """The answer to a commit was lost: whoever repeats the call must first look at the order."""
    answer = await caller.post("/unknown")
    assert answer.refusal[:2] == (500, "internal_error")
    assert "retry-after" not in answer.headers


async def test_a_fault_tells_its_number_and_nothing_else(
    caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("conflict", "integrity", "statement", "fault"):
        caplog.clear()
        answer = await caller.get(f"/{name}")
        number = answer.headers["x-request-id"]
        assert answer.refusal == (500, "internal_error", f"Request {number} failed.")
        [record] = [one for one in caplog.records if one.name.startswith("smartcart")]
        assert (record.levelno, number in record.getMessage()) == (logging.ERROR, True)
        assert record.exc_info is not None
        assert record.exc_info[1] is FAILURES[name]


async def test_nobody_is_told_what_was_inside(caller: Caller) -> None:
    for name in FAILURES:
        answer = await caller.get(f"/{name}")
        assert b"1234" not in answer.body
        assert "Καλλέργη" not in str(answer.headers)
