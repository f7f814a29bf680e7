"""The order loop with nothing kept: what two programs could do at best over the same HTTP.

The baseline of `bench.loop`. Orders live in memory, nothing is checked, recorded or retried; the
label is the same, drawn by the same press, and written to a file without waiting for the disk.
"""

import asyncio
import sys
from functools import partial
from pathlib import Path
from time import monotonic

import msgspec
from aiohttp import ClientSession
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smartcart.contract import AcceptRequest, Event, OrderBody, encode, parse_accept, parse_event
from smartcart.contract.examples import example
from smartcart.kit import loop
from smartcart.kit.loop import Role, run_until_stopped
from smartcart.kit.serving import listen, serve
from smartcart.marketplace.domain.voucher import Party, Shipment, Voucher, tracking_code
from smartcart.marketplace.voucher.press import Press

JSON = {"Content-Type": "application/json"}


class BareMarketplace:
    """Places, tells, is answered, draws, tells again."""

    def __init__(self, session: ClientSession, press: Press, merchant_url: str) -> None:
        self._session, self._press, self._merchant_url = session, press, merchant_url
        self._event = parse_event(example("event_new_order"))
        self._times: dict[str, list[float]] = {}
        self._labels: dict[str, bytes] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> list[Route]:
        return [
            Route("/healthz", self.times),
            Route("/place", self.place, methods=["POST"]),
            Route("/orders/{code}/accept", self.accept, methods=["POST"]),
            Route("/vouchers/{code}", self.voucher),
            Route("/times", self.times),
        ]

    async def place(self, _request: Request) -> Response:
        code = f"261123-{len(self._times):07d}"
        self._times[code] = [monotonic()]
        self._go(self._tell(code))
        return JSONResponse({"code": code})

    async def accept(self, request: Request) -> Response:
        parse_accept(await request.body())
        code = request.path_params["code"]
        self._times[code].append(monotonic())
        self._go(self._draw(code))
        return JSONResponse({"success": True})

    async def voucher(self, request: Request) -> Response:
        return Response(self._labels.pop(request.path_params["code"]), media_type="application/pdf")

    async def times(self, _request: Request) -> Response:
        return JSONResponse(self._times)

    async def _draw(self, code: str) -> None:
        number = f"{int(code.split('-')[1]):011d}"
        somebody = Party(name="Ελένη Παπαδάκη", lines=("Ακαδημίας 7",), zip="10671", city="Αθήνα")
        shipment = Shipment(
            order_code=code,
            courier="Skroutz Last Mile",
            sender=somebody,
            recipient=somebody,
            created_at=self._event.event_time,
        )
        await self._tell(code)
        self._labels[code] = await self._press.draw(Voucher(shipment, (tracking_code(number),)))
        await self._tell(code, f"/vouchers/{code}")

    async def _tell(self, code: str, voucher: str | None = None) -> None:
        order = msgspec.structs.replace(self._event.order, code=code, courier_voucher=voucher)
        event = Event(
            event_type=self._event.event_type, event_time=self._event.event_time, order=order
        )
        url = f"{self._merchant_url}/webhook"
        async with self._session.post(url, data=encode(event), headers=JSON) as answer:
            assert answer.status == 200

    def _go(self, work: "asyncio.Future[None] | asyncio.coroutines.Coroutine") -> None:  # type: ignore
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
