"""Both programs' panels as the demo sees them, with histories that a test tells step by step."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from smartcart.demo.halves import Marketplace, Shop, Side, Step
from smartcart.kit.egress import open_session
from smartcart.kit.serving import listen, serve
from tests.support.demo_steps import START, Told

KEY = "key"


@dataclass(slots=True)
class Playhouse:
    """What both sides know. `tell` makes a step known to its feed; `hush` keeps it from it."""

    steps: dict[Side, list[Step]] = field(default_factory=lambda: {side: [] for side in Side})
    stock: list[dict[str, Any]] = field(default_factory=list)
    carts: list[dict[str, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    _feeds: set[asyncio.Queue[Step | None]] = field(default_factory=set)
    _side_of: dict[int, Side] = field(default_factory=dict)

    def tell(self, *told: Told) -> None:
        self.hush(*told)
        for side, step in told:
            for feed in self._feeds:
                if self._side_of[id(feed)] is side:
                    feed.put_nowait(step)

    def hush(self, *told: Told) -> None:
        """Make steps known to whoever asks for the order, but not to those who listen."""
        for side, step in told:
            self.steps[side].append(step)

    def hang_up(self) -> None:
        """Break every feed off."""
        for feed in self._feeds:
            feed.put_nowait(None)

    def app(self, side: Side) -> Starlette:
        prefix = "/panel" if side is Side.MARKETPLACE else "/dashboard"

        async def feed(_request: Request) -> Response:
            return StreamingResponse(self._feed(side), media_type="text/event-stream")

        async def order(request: Request) -> Response:
            return self._order(side, request.path_params["code"])

        async def others(request: Request) -> Response:
            return await self._other(request)

        return Starlette(
            routes=[
                Route(f"{prefix}/feed", feed),
                Route(f"{prefix}/orders/{{code}}", order),
                Route(f"{prefix}/{{what:path}}", others, methods=["GET", "POST"]),
            ]
        )

    async def _feed(self, side: Side) -> AsyncIterator[bytes]:
        queue: asyncio.Queue[Step | None] = asyncio.Queue()
        self._side_of[id(queue)] = side
        self._feeds.add(queue)
        try:
            yield b": hello\n\n"
            while step := await queue.get():
                yield b"event: step\ndata: %b\n\n" % msgspec.json.encode(step)
        finally:
            self._feeds.discard(queue)

    def _order(self, side: Side, code: str) -> Response:
        self.requests.append(f"{side} {code}")
        steps = [step for step in self.steps[side] if step.key == code]
        if not steps:
            return PlainTextResponse("{}", 404)
        document = {
            "code": code,
            "state": "open",
            "line_items": [{"id": "1", "quantity": 2, "product_name": "<b>Μέλι</b>"}],
            "created_at": START.isoformat(),
            "expires_at": "2036-11-23T10:30:00+02:00",
        }
        return _json({"order": document, "steps": steps})

    async def _other(self, request: Request) -> Response:
        match request.path_params["what"]:
            case "stock":
                return _json({"stock": self.stock})
            case "carts":
                self.carts.append(msgspec.json.decode(await request.body()))
                return _json({"codes": [f"C{len(self.carts)}"]}, 201)
            case "orders":
                codes = dict.fromkeys(step.key for step in self.steps[Side.MARKETPLACE])
                return _json({"orders": [{"code": code} for code in reversed(codes)]})
        return PlainTextResponse("{}", 404)


@asynccontextmanager
async def played(house: Playhouse) -> AsyncIterator[tuple[Marketplace, Shop]]:
    """The two panels of `house`, served over HTTP."""
    async with open_session(allow_private=True) as session:
        stop = asyncio.Event()
        with listen("127.0.0.1", 0) as left, listen("127.0.0.1", 0) as right:
            serving = [
                asyncio.create_task(serve(house.app(side), listener, stop))
                for side, listener in zip(Side, (left, right), strict=True)
            ]
            try:
                yield Marketplace(session, _url(left), KEY), Shop(session, _url(right), KEY)
            finally:
                house.hang_up()
                stop.set()
                await asyncio.wait(serving)


def _url(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
