"""Every refusal's status, in one place; everything else is a 500 that tells only its request id."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from smartcart.contract import (
    ContractError,
    NotAJsonObject,
    encode,
    refusal,
)
from smartcart.contract.vocabulary import JSON_MEDIA_TYPE, ErrorCode
from smartcart.kit import about
from smartcart.kit.bodies import BodyTooLarge
from smartcart.kit.database import (
    DatabaseBusy,
    DatabaseFull,
    DatabaseLocked,
    DatabaseUnavailable,
    QueryTimeout,
)
from smartcart.marketplace.domain.refusal import RefusalCode, Refused

Handler = Callable[[Request, Exception], Awaitable[Response]]

log = logging.getLogger(__name__)

_BODY = "body"

ANSWERS: Mapping[RefusalCode, tuple[int, str]] = {
    RefusalCode.UNAUTHORIZED: (401, ErrorCode.UNAUTHORIZED),
    RefusalCode.TOOL_OFF: (403, ErrorCode.TOOL_OFF),
    RefusalCode.NOT_FOUND: (404, ErrorCode.ORDER_ERROR),
    RefusalCode.ORDER_STATUS: (422, ErrorCode.ORDER_STATUS),
    RefusalCode.NOT_ELIGIBLE: (422, ErrorCode.ORDER_ERROR),
    RefusalCode.PICKUP_LOCATION: (422, ErrorCode.PICKUP_LOCATION),
    RefusalCode.PICKUP_WINDOW: (422, ErrorCode.PICKUP_WINDOW),
    RefusalCode.NUMBER_OF_PARCELS: (422, ErrorCode.NUMBER_OF_PARCELS),
    RefusalCode.LINE_ITEMS: (422, ErrorCode.LINE_ITEMS),
    RefusalCode.TRACKING_DETAILS: (422, ErrorCode.TRACKING_DETAILS),
    RefusalCode.INVOICE_MISSING: (400, ErrorCode.INVOICE_FILE),
    RefusalCode.INVOICE_FILE: (422, ErrorCode.INVOICE_FILE),
    RefusalCode.NOT_ACCEPTABLE: (406, "not_acceptable"),
    RefusalCode.BODY: (422, _BODY),
    RefusalCode.CART: (422, "cart"),
    RefusalCode.ORDER: (422, "order"),
    RefusalCode.MERCHANT: (422, "merchant"),
}
"""Status and `code` of every refusal on the wire (contract §2, §3)."""


class Told(NamedTuple):
    """What a caller is told of an error."""

    status: int
    code: str
    message: str


NOT_CARRIED_OUT = (
    DatabaseBusy,
    DatabaseFull,
    DatabaseLocked,
    DatabaseUnavailable,
    QueryTimeout,
)
"""The database is busy or away: nothing was done, and the caller may try again.

A commit of which that is not certain is no such case: it is a 500, which promises nothing.
"""


def told(error: Exception, request_id: str = "") -> Told:
    """A body that is no JSON object is a 400, one with a wrong field a 422 that names it (§2).

    What nobody foresaw is a 500 that tells its `request_id` and nothing of what was inside.
    """
    match error:
        case Refused():
            return Told(*ANSWERS[error.code], error.message)
        case ContractError():
            status = 400 if isinstance(error, NotAJsonObject) else 422
            return Told(status, error.parameter or _BODY, str(error))
        case BodyTooLarge():
            return Told(413, "body_too_large", str(error))
        case HTTPException():
            return Told(error.status_code, _named(error.status_code), error.detail)
    if isinstance(error, NOT_CARRIED_OUT):
        return Told(503, "unavailable", "Try again in a moment.")
    return Told(500, "internal_error", f"Request {request_id} failed.")


def _named(status: int) -> str:
    return HTTPStatus(status).name.lower()


def answer(told: Told, headers: Mapping[str, str] | None = None) -> Response:
    """An error in the contract's shape."""
    body = encode(refusal(told.code, told.message))
    return Response(body, told.status, headers=headers, media_type=JSON_MEDIA_TYPE)


async def refused(_request: Request, error: Exception) -> Response:
    return answer(told(error))


async def too_large(_request: Request, error: Exception) -> Response:
    return answer(told(error), {"Connection": "close"})


async def not_routed(_request: Request, error: Exception) -> Response:
    """An unknown path or method, in JSON like everything else (§2)."""
    assert isinstance(error, HTTPException)
    return answer(told(error), error.headers)


async def database_failed(request: Request, error: Exception) -> Response:
    log.warning("%s %s: %s", request.method, request.url.path, error)
    return answer(told(error), {"Retry-After": "1"})


async def hung_up(request: Request, _error: Exception) -> Response:
    """The caller has gone in the middle of its request: nothing was done, and nobody reads this."""
    log.info("%s %s was broken off by its caller", request.method, request.url.path)
    return answer(Told(400, _BODY, "The request ended before its body did."))


async def failed(request: Request, error: Exception) -> Response:
    request_id = str(about.facts().get("request") or secrets.token_hex(8))
    log.error("request %s: %s %s", request_id, request.method, request.url.path, exc_info=error)
    return answer(told(error, request_id), {"X-Request-Id": request_id})


HANDLERS: Mapping[type[Exception], Handler] = {
    Refused: refused,
    ContractError: refused,
    BodyTooLarge: too_large,
    HTTPException: not_routed,
    **dict.fromkeys(NOT_CARRIED_OUT, database_failed),
    ClientDisconnect: hung_up,
    Exception: failed,
}
