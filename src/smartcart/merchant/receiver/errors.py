"""What is answered when a request fails for another reason than its own."""

import logging
import secrets
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from smartcart.kit import about
from smartcart.kit.database import DatabaseError
from smartcart.merchant.receiver.routes import refused

log = logging.getLogger(__name__)


async def not_routed(_request: Request, error: Exception) -> Response:
    """An unknown path or method, in JSON like everything else."""
    assert isinstance(error, HTTPException)
    response = refused(error.status_code, HTTPStatus(error.status_code).name.lower(), error.detail)
    response.headers.update(error.headers or {})
    return response


async def database_failed(_request: Request, error: Exception) -> Response:
    """The sender is to try again: what it sent may not have been kept."""
    log.warning("a request failed for the database: %s", error)
    response = refused(503, "unavailable", "Try again in a moment.")
    response.headers["Retry-After"] = "1"
    return response


async def hung_up(_request: Request, _error: Exception) -> Response:
    """Whoever asked has gone in the middle of it: nothing was kept, and nobody reads this."""
    log.info("a request was broken off by its sender")
    return refused(400, "body", "The request ended before its body did.")


async def failed(_request: Request, error: Exception) -> Response:
    request_id = str(about.facts().get("request") or secrets.token_hex(8))
    log.error("a request failed", extra={"request": request_id}, exc_info=error)
    response = refused(500, "internal_error", f"Request {request_id} failed.")
    response.headers["X-Request-Id"] = request_id
    return response


HANDLERS = {
    HTTPException: not_routed,
    DatabaseError: database_failed,
    ClientDisconnect: hung_up,
    Exception: failed,
}
