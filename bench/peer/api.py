"""The two routes on FastAPI."""

from http import HTTPStatus
from typing import Annotated, NamedTuple

from fastapi import Depends, FastAPI, Request, Response
from fastapi.telemetry import TelemetryConfig
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from bench.peer.documents import AcceptRequest, ErrorItem, Errors, OrderBody, Success
from bench.peer.presenting import document
from bench.peer.rules import Refused, accept
from bench.peer.stored import Merchant, Order
from bench.peer.storing import called, write_accepted
from bench.peer.tables import Sessions
from smartcart.contract.vocabulary import ORDERS_PATH
from smartcart.kit.clock import utc_now

_SILENT: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
}
_MEDIA_TYPE = ("application/vnd.skroutz+json", "version=3.0")


class Called(NamedTuple):
    """Who calls, and the order of theirs that the call is about."""

    merchant: Merchant
    order: Order


def peer(sessions: Sessions) -> FastAPI:
    """The program over the marketplace's database."""
    app = FastAPI(redirect_slashes=False, telemetry=_SILENT)

    async def looked_up(request: Request, code: str) -> Called:
        """Token, media type, switch, order: in the contract's order (§2)."""
        async with sessions.reading() as session:
            try:
                merchant, order = await called(session, _token(request), code)
            except LookupError:
                raise Refused(401, "Unauthorized", "unauthorized") from None
        _check_media_type(request)
        if not merchant.orders_api_enabled:
            message = "The Orders API is switched off for this shop."
            raise Refused(403, "EcommerceMerchantUnauthorized", message)
        if order is None:
            raise Refused(404, "order_error", "Order not found")
        return Called(merchant, order)

    Caller = Annotated[Called, Depends(looked_up)]

    @app.get(f"{ORDERS_PATH}/{{code}}", response_model=OrderBody)
    async def show(caller: Caller) -> Response:
        return _json(OrderBody(order=document(caller.order, utc_now())))

    @app.post(f"{ORDERS_PATH}/{{code}}/accept", response_model=Success)
    async def accept_order(request: Request, caller: Caller) -> Response:
        # Read here and not by FastAPI, which would refuse a body before it looked at the token.
        wanted = AcceptRequest.model_validate_json(await request.body())
        while not await _accepted(sessions, caller, wanted):
            caller = await looked_up(request, caller.order.code)
        return _json(Success(success=True))

    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(ValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _not_routed)
    return app


async def _accepted(sessions: Sessions, caller: Called, wanted: AcceptRequest) -> bool:
    now = utc_now()
    after = accept(caller.order, wanted, now)
    async with sessions.writing() as session, session.begin():
        return await write_accepted(session, caller.merchant, caller.order, after, now)


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _check_media_type(request: Request) -> None:
    for accepted in request.headers.get("accept", "").split(","):
        parts = {"".join(part.lower().replace('"', "").split()) for part in accepted.split(";")}
        if parts.issuperset(_MEDIA_TYPE):
            return
    message = f"The Accept header must admit {'; '.join(_MEDIA_TYPE)}"
    raise Refused(406, "not_acceptable", message)


def _json(body: BaseModel, status: int = 200) -> Response:
    return Response(
        body.__pydantic_serializer__.to_json(body, exclude_defaults=True, by_alias=True),
        status,
        media_type="application/json",
    )


def _error(status: int, code: str, message: str) -> Response:
    return _json(Errors(errors=[ErrorItem(code=code, messages=[message])]), status)


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return _error(error.status, error.code, error.message)


async def _unreadable(_request: Request, error: Exception) -> Response:
    """A body that is no JSON object is a 400, one with a wrong field a 422 that names it (§2)."""
    assert isinstance(error, ValidationError)
    [first, *_] = error.errors(include_url=False)
    if not first["loc"]:
        return _error(400, "body", first["msg"])
    return _error(422, str(first["loc"][0]), first["msg"])


async def _not_routed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _error(error.status_code, HTTPStatus(error.status_code).name.lower(), error.detail)
