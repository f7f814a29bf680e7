"""The calls of the Orders API (contract §3)."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from smartcart.contract import OrderBody, Success, encode, parse_accept, parse_reject
from smartcart.contract.vocabulary import JSON_MEDIA_TYPE, ORDERS_PATH
from smartcart.kit.bodies import read
from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database
from smartcart.marketplace.actions import answering
from smartcart.marketplace.api.admission import admit
from smartcart.marketplace.domain.document import document

_PATH = f"{ORDERS_PATH}/{{code}}"
MOST_BYTES = 256 * 1024
_SUCCESS = encode(Success())


@dataclass(frozen=True, slots=True)
class OrdersApi:
    """Routes over one database; `vendor` is the name in the media type of §2."""

    database: Database
    vendor: str

    def routes(self) -> list[BaseRoute]:
        return [
            Route(_PATH, self.show, methods=["GET"]),
            Route(f"{_PATH}/accept", self.accept, methods=["POST"]),
            Route(f"{_PATH}/reject", self.reject, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        merchant = await admit(self.database, request, self.vendor)
        order = await answering.order_of(self.database, merchant, request.path_params["code"])
        return _json(encode(OrderBody(order=document(order, utc_now()))))

    async def accept(self, request: Request) -> Response:
        merchant = await admit(self.database, request, self.vendor)
        code = request.path_params["code"]
        await answering.order_of(self.database, merchant, code)
        body = parse_accept(await read(request, MOST_BYTES))
        await answering.accept(self.database, merchant, code, body)
        return _json(_SUCCESS)

    async def reject(self, request: Request) -> Response:
        merchant = await admit(self.database, request, self.vendor)
        code = request.path_params["code"]
        await answering.order_of(self.database, merchant, code)
        body = parse_reject(await read(request, MOST_BYTES))
        await answering.reject(self.database, merchant, code, body)
        return _json(_SUCCESS)


def _json(body: bytes) -> Response:
    return Response(body, media_type=JSON_MEDIA_TYPE)
