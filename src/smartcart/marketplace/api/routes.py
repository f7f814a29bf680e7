"""The calls of the Orders API (contract §3)."""

from dataclasses import dataclass, field
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from smartcart.contract import (
    OrderBody,
    Success,
    encode,
    parse_accept,
    parse_reject,
    parse_tracking,
)
from smartcart.contract.vocabulary import JSON_MEDIA_TYPE
from smartcart.kit.bodies import read
from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database
from smartcart.kit.uploads import UploadRefused
from smartcart.marketplace.actions.answering import accepting, rejecting
from smartcart.marketplace.actions.changing import Act, carry_out
from smartcart.marketplace.actions.handing_over import marking_not_ready, marking_ready, tracking
from smartcart.marketplace.actions.invoicing import uploading
from smartcart.marketplace.api import table
from smartcart.marketplace.api.admission import admit
from smartcart.marketplace.api.invoices import Invoices, not_received
from smartcart.marketplace.api.journal import Journal
from smartcart.marketplace.api.standing import Standing
from smartcart.marketplace.api.table import MOST_BYTES
from smartcart.marketplace.domain.document import document
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from smartcart.marketplace.sandbox import triggers
from smartcart.marketplace.sandbox.demo import DemoOrders
from smartcart.marketplace.sandbox.triggers import Trigger

_SUCCESS = encode(Success())
_TRIGGERS = frozenset(Trigger)


@dataclass(frozen=True, slots=True)
class OrdersApi:
    """Routes over one database; `vendor` is the name in the media type of §2.

    `base_url` is where this program is reached.
    """

    database: Database
    vendor: str
    base_url: str
    demo_orders: DemoOrders
    invoices: Invoices = field(default_factory=Invoices)

    def routes(self) -> list[BaseRoute]:
        return [
            table.SHOW.served_by(self.show),
            table.ACCEPT.served_by(self.accept),
            table.REJECT.served_by(self.reject),
            table.UPLOAD_INVOICE.served_by(self.upload_invoice),
            table.SET_AS_READY.served_by(self.set_as_ready),
            table.SET_AS_NOT_READY.served_by(self.set_as_not_ready),
            table.TRACK.served_by(self.track),
            table.TRIGGER.served_by(self.trigger),
            *Journal(self.database, self.vendor).routes(),
            *Standing(self.database, self.vendor).routes(),
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

    async def trigger(self, request: Request) -> Response:
        kind = request.path_params["kind"]
        if kind not in _TRIGGERS:
            raise HTTPException(404)  # an unknown path
        merchant, _ = await admit(self.database, request, self.vendor)
        if not merchant.is_told_by_webhook:
            raise Refused(RefusalCode.TOOL_OFF, "The Webhook is switched off for this shop.")
        demo = self.demo_orders.find(request.path_params["code"], merchant, utc_now())
        if demo is None or not triggers.has_events(demo):
            raise Refused(RefusalCode.NOT_FOUND, "Order not found")
        await triggers.trigger(self.database, demo, Trigger(kind))
        return _json(_SUCCESS)

    async def _found(self, request: Request) -> "_Found":
        merchant, order = await admit(self.database, request, self.vendor)
        demo = self.demo_orders.find(request.path_params["code"], merchant, utc_now())
        if demo is not None:
            return _Found(merchant, demo.shown(), is_demo=True)
        if order is None:
            raise Refused(RefusalCode.NOT_FOUND, "Order not found")
        return _Found(merchant, order)

    async def _do(self, found: "_Found", act: Act) -> Response:
        """Carry `act` out; on a demo order it is only tried (contract §6)."""
        if found.is_demo:
            act.decide(found.order, utc_now())
        else:
            await carry_out(self.database, found.merchant, found.order, act)
        return _json(_SUCCESS)


class _Found(NamedTuple):
    """Who calls, and the order it names."""

    merchant: Merchant
    order: Order
    is_demo: bool = False


def _json(body: bytes) -> Response:
    return Response(body, media_type=JSON_MEDIA_TYPE)
