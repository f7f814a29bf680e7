"""The calls of the Orders API (contract §3)."""

from dataclasses import dataclass, field
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from smartcart.contract import (
    OrderBody,
    Success,
    encode,
    parse_accept,
    parse_reject,
    parse_tracking,
)
from smartcart.contract.vocabulary import JSON_MEDIA_TYPE, ORDERS_PATH
from smartcart.kit.bodies import read
from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database
from smartcart.kit.uploads import UploadRefused
from smartcart.marketplace.actions.answering import accepting, order_of, rejecting
from smartcart.marketplace.actions.changing import Act, carry_out
from smartcart.marketplace.actions.handing_over import marking_not_ready, marking_ready, tracking
from smartcart.marketplace.actions.invoicing import uploading
from smartcart.marketplace.api.admission import admit
from smartcart.marketplace.api.invoices import Invoices, not_received
from smartcart.marketplace.domain.document import document
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import Order

_PATH = f"{ORDERS_PATH}/{{code}}"
MOST_BYTES = 256 * 1024
_SUCCESS = encode(Success())


@dataclass(frozen=True, slots=True)
class OrdersApi:
    """Routes over one database; `vendor` is the name in the media type of §2.

    `base_url` is where this program is reached.
    """

    database: Database
    vendor: str
    base_url: str
    invoices: Invoices = field(default_factory=Invoices)

    def routes(self) -> list[BaseRoute]:
        return [
            Route(_PATH, self.show, methods=["GET"]),
            Route(f"{_PATH}/accept", self.accept, methods=["POST"]),
            Route(f"{_PATH}/reject", self.reject, methods=["POST"]),
            Route(f"{_PATH}/invoices", self.upload_invoice, methods=["POST"]),
            Route(f"{_PATH}/set_as_ready", self.set_as_ready, methods=["POST"]),
            Route(f"{_PATH}/set_as_not_ready", self.set_as_not_ready, methods=["POST"]),
            Route(f"{_PATH}/tracking_details", self.track, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        found = await self._found(request)
        return _json(encode(OrderBody(order=document(found.order, utc_now()))))

    async def accept(self, request: Request) -> Response:
        found = await self._found(request)
        return await self._do(found, accepting(parse_accept(await read(request, MOST_BYTES))))

    async def reject(self, request: Request) -> Response:
        found = await self._found(request)
        return await self._do(found, rejecting(parse_reject(await read(request, MOST_BYTES))))

    async def upload_invoice(self, request: Request) -> Response:
        found = await self._found(request)
        try:
            async with self.invoices.received(request) as file:
                return await self._do(found, uploading(file, self.base_url))
        except UploadRefused as error:
            return await not_received(request, error)

    async def set_as_ready(self, request: Request) -> Response:
        return await self._do(await self._found(request), marking_ready())

    async def set_as_not_ready(self, request: Request) -> Response:
        return await self._do(await self._found(request), marking_not_ready())

    async def track(self, request: Request) -> Response:
        found = await self._found(request)
        return await self._do(found, tracking(parse_tracking(await read(request, MOST_BYTES))))

    async def _found(self, request: Request) -> "_Found":
        merchant = await admit(self.database, request, self.vendor)
        order = await order_of(self.database, merchant, request.path_params["code"])
        return _Found(merchant, order)

    async def _do(self, found: "_Found", act: Act) -> Response:
        await carry_out(self.database, found.merchant, found.order, act)
        return _json(_SUCCESS)


class _Found(NamedTuple):
    """Who calls, and the order it names."""

    merchant: Merchant
    order: Order


def _json(body: bytes) -> Response:
    return Response(body, media_type=JSON_MEDIA_TYPE)
