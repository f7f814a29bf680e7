"""Every refusal's status, in one place; everything else is a 500 that tells only its request id."""

import logging
import secrets
from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from smartcart.contract import (
    ContractError,
    NotAJsonObject,
    encode,
    refusal,
)
from smartcart.contract.vocabulary import JSON_MEDIA_TYPE, ErrorCode
from smartcart.kit.bodies import BodyTooLarge
from smartcart.kit.database import (
    DatabaseBusy,
    DatabaseFull,
    DatabaseLocked,
    DatabaseUnavailable,
    QueryTimeout,
)
from smartcart.marketplace.domain.refusal import RefusalCode, Refused

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


def answer(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> Response:
    """An error in the contract's shape."""
    body = encode(refusal(code, message))
    return Response(body, status, headers=headers, media_type=JSON_MEDIA_TYPE)


async def refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    status, code = ANSWERS[error.code]
    return answer(status, code, error.message)


async def unreadable(_request: Request, error: Exception) -> Response:
    """A body that is no JSON object is a 400, one with a wrong field a 422 that names it (§2)."""
    assert isinstance(error, ContractError)
    if isinstance(error, NotAJsonObject):
        return answer(400, _BODY, error.message)
    return answer(422, error.parameter or _BODY, str(error))


async def too_large(_request: Request, error: Exception) -> Response:
    return answer(413, "body_too_large", str(error), {"Connection": "close"})


async def not_routed(_request: Request, error: Exception) -> Response:
    """An unknown path or method, in JSON like everything else (§2)."""
    assert isinstance(error, HTTPException)
    code = HTTPStatus(error.status_code).name.lower()
    return answer(error.status_code, code, error.detail, error.headers)


async def database_failed(request: Request, error: Exception) -> Response:
    """The database is busy or away: nothing was carried out, and the caller may try again.

    A commit of which that is not certain is no such case: it is a 500, which promises nothing.
    """
    log.warning("%s %s: %s", request.method, request.url.path, error)
    return answer(503, "unavailable", "Try again in a moment.", {"Retry-After": "1"})


async def failed(request: Request, error: Exception) -> Response:
    request_id = secrets.token_hex(8)
    log.error("request %s: %s %s", request_id, request.method, request.url.path, exc_info=error)
    return answer(
        500, "internal_error", f"Request {request_id} failed.", {"X-Request-Id": request_id}
    )


HANDLERS = {
    Refused: refused,
    ContractError: unreadable,
    BodyTooLarge: too_large,
    HTTPException: not_routed,
    DatabaseBusy: database_failed,
    DatabaseFull: database_failed,
    DatabaseLocked: database_failed,
    DatabaseUnavailable: database_failed,
    QueryTimeout: database_failed,
    Exception: failed,
}
