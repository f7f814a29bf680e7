"""A marketplace's Orders API as a real HTTP server of a few lines, which fails as it is told to.

It keeps orders as documents, carries out accepts and rejects, counts their effects, and serves
voucher PDFs. `faults` are taken one a POST: `Lost` and `Answer` say what happens instead.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.support.order_documents import Json, without_options

TOKEN = "token-of-the-shop"
PDF = b"%PDF-1.4\n% a voucher\n%%EOF\n"


@dataclass(frozen=True)
class Lost:
    """The connection is reset; `carried_out` says whether the call took effect before."""

    carried_out: bool


@dataclass(frozen=True)
class Answer:
    """This answer, and no effect unless `carried_out`."""

    status: int
    body: bytes = b'{"errors":[{"code":"oops","messages":["no"]}]}'
    headers: Mapping[str, str] = field(default_factory=dict)
    carried_out: bool = False


class OrdersApi:
    """`async with` starts it on a free port and stops it."""

    def __init__(self) -> None:
        self.orders: dict[str, Json] = {}
        self.effects: list[tuple[str, str, Json]] = []
        self.calls: list[str] = []
        self.faults: deque[Lost | Answer] = deque()
        self.get_faults: deque[Lost | Answer] = deque()
        self.vouchers: dict[str, bytes | web.Response] = {}
        self.voucher_requests: list[Mapping[str, str]] = []
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        path = "/merchants/ecommerce/orders/{code}"
        app.router.add_get(path, self._get)
        app.router.add_post(f"{path}/{{verb:accept|reject}}", self._post)
        app.router.add_get("/vouchers/{name}", self._voucher)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    def voucher(self, name: str, content: bytes | web.Response = PDF) -> str:
        """The URL of a voucher that is served."""
        self.vouchers[name] = content
        return f"{self.url}/vouchers/{name}"

    @property
    def accepts(self) -> list[str]:
        """Codes of orders accepted, once for each effect."""
        return [code for verb, code, _ in self.effects if verb == "accept"]

    async def _get(self, request: web.Request) -> web.StreamResponse:
        self.calls.append(f"GET {request.match_info['code']}")
        if self.get_faults:
            return _fail(request, self.get_faults.popleft())
        if (refusal := _unauthorized(request)) is not None:
            return refusal
        found = self.orders.get(request.match_info["code"])
        if found is None:
            return _refusal(404, "order_error", "Order not found")
        return web.json_response({"order": found})

    async def _post(self, request: web.Request) -> web.StreamResponse:
        code, verb = request.match_info["code"], request.match_info["verb"]
        self.calls.append(f"{verb} {code}")
        fault = self.faults.popleft() if self.faults else None
        if fault is not None and not fault.carried_out:
            return _fail(request, fault)
        answer = self._carry_out(code, verb, await request.json())
        if fault is not None:
            return _fail(request, fault)
        return _unauthorized(request) or answer

    def _carry_out(self, code: str, verb: str, body: Json) -> web.Response:
        order = self.orders.get(code)
        if order is None:
            return _refusal(404, "order_error", "Order not found")
        state = f"{verb}ed"
        if order["state"] != "open":
            return _refusal(422, "order_status", f"Order already {order['state']}.")
        windows = [window["id"] for window in order["accept_options"]["pickup_window"]]
        if verb == "accept" and windows and body.get("pickup_window") not in windows:
            return _refusal(422, "pickup_window", "pickup_window is not among the options")
        self.orders[code] = without_options(order, state)
        self.effects.append((verb, code, body))
        return web.json_response({"success": True})

    async def _voucher(self, request: web.Request) -> web.StreamResponse:
        self.voucher_requests.append(dict(request.headers))
        found = self.vouchers.get(request.match_info["name"])
        if found is None:
            return web.Response(status=404)
        if isinstance(found, bytes):
            return web.Response(body=found, content_type="application/pdf")
        return web.Response(body=found.body, status=found.status, content_type=found.content_type)


def _unauthorized(request: web.Request) -> web.Response | None:
    if request.headers.get("Authorization") == f"Bearer {TOKEN}":
        return None
    return _refusal(401, "Unauthorized", "unauthorized")


def _refusal(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"errors": [{"code": code, "messages": [message]}]}, status=status)


def _fail(request: web.Request, fault: Lost | Answer) -> web.Response:
    if isinstance(fault, Answer):
        return web.Response(status=fault.status, body=fault.body, headers=fault.headers)
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
