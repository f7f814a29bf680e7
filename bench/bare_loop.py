"""The order loop with nothing kept: what two programs could do at best over the same HTTP.

The baseline of `bench.loop`. Orders live in memory, nothing is checked, recorded or retried; the
label is the same, drawn by the same press, and written to a file without waiting for the disk.
"""

import asyncio
import sys
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from time import monotonic

import msgspec
from aiohttp import ClientSession
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smartcart.contract import AcceptRequest, Event, Order, encode, parse_accept, parse_event
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

    def _go(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class BareMerchant:
    """Takes everything, accepts it, fetches and writes the voucher."""

    def __init__(self, session: ClientSession, marketplace_url: str, prints: Path) -> None:
        self._session, self._marketplace_url, self._prints = session, marketplace_url, prints
        self._accepted: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> list[Route]:
        return [
            Route("/healthz", self.healthy),
            Route("/webhook", self.receive, methods=["POST"]),
        ]

    async def healthy(self, _request: Request) -> Response:
        return JSONResponse({})

    async def receive(self, request: Request) -> Response:
        order = parse_event(await request.body()).order
        if order.courier_voucher:
            work = self._print(order.code, order.courier_voucher)
        elif order.code not in self._accepted:
            self._accepted.add(order.code)
            work = self._accept(order)
        else:
            return JSONResponse({})
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return JSONResponse({})

    async def _accept(self, order: Order) -> None:
        assert order.accept_options
        location = order.accept_options.pickup_location[0].id
        request = AcceptRequest(pickup_location=location, pickup_window=1)
        url = f"{self._marketplace_url}/orders/{order.code}/accept"
        async with self._session.post(url, data=encode(request)) as answer:
            assert answer.status == 200

    async def _print(self, code: str, path: str) -> None:
        async with self._session.get(f"{self._marketplace_url}{path}") as answer:
            pdf = await answer.read()
        (self._prints / f"{code}.pdf").write_bytes(pdf)


async def main(half: str, port: int, peer: str, prints: Path) -> None:
    async with ClientSession() as session, Press() as press:
        program = (
            BareMarketplace(session, press, peer)
            if half == "marketplace"
            else BareMerchant(session, peer, prints)
        )
        app = Starlette(routes=program.routes())
        await run_until_stopped([Role("http", partial(serve, app, listen("127.0.0.1", port)))])


if __name__ == "__main__":
    _, chosen, own_port, other, folder = sys.argv
    loop.run(main(chosen, int(own_port), other, Path(folder)))
