"""The Orders API of a marketplace that nobody would want, on a real port."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from tests.hostile.kinds import strange
from tests.hostile.world import World

PDF = b"%PDF-1.4\n% a voucher\n%%EOF\n"
MAINTENANCE = "<html><body><h1>Επιστρέφουμε σύντομα</h1></body></html>"
_LATE = 3.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class HostileApi:
    """Serves `world`. While `hostile`, about a third of the calls meet with a fault."""

    world: World
    chance: random.Random
    token_file: Path
    hostile: bool = True
    url: str = ""
    calls: int = 0
    _token: str = field(default="", init=False)
    _under_maintenance: int = field(default=0, init=False)

    def rotate(self) -> str:
        """From now on only this token is good; the merchant is not told of it."""
        self._token = secrets.token_urlsafe(16)
        return self._token

    async def give_trouble(self) -> None:
        """Renew the token and close for maintenance, again and again."""
        while True:
            await asyncio.sleep(self.chance.uniform(4, 10))
            token = self.rotate()
            self.world.faults["token renewed"] += 1
            await asyncio.sleep(0.5)
            self.token_file.write_text(token)
            await asyncio.sleep(self.chance.uniform(4, 10))
            self._under_maintenance = self.chance.choice([200, 503, 502])
            await asyncio.sleep(1)
            self._under_maintenance = 0

    def relent(self) -> None:
        """From now on everything is as it should be."""
        self.hostile, self._under_maintenance = False, 0
        self.token_file.write_text(self._token)

    def routes(self) -> list[web.RouteDef]:
        path = "/merchants/ecommerce/orders/{code}"
        return [
            web.get("/vouchers/{name}", self._voucher),
            web.get(path, self._get),
            web.post(f"{path}/{{verb:accept|reject}}", self._post),
        ]

    async def _get(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        truth = self.world.orders.get(request.match_info["code"])
        refused = self._refused(request)
        if refused is not None:
            return refused
        if truth is None:
            return _error(404, "order_error", "Order not found")
        shown = truth.document
        if self._happens("GET: an older state", 0.03):
            shown = self.chance.choice(truth.snapshots)
        elif self._happens("GET: another order", 0.005):
            shown = shown | {"code": "another"}
        elif self._happens("GET: half an answer", 0.01):
            return web.Response(text='{"order": {"code": "')
        return web.json_response({"order": strange(shown, self.chance)})

    async def _post(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        code, verb = request.match_info["code"], request.match_info["verb"]
        body = await request.json()
        refused = self._refused(request)
        if refused is not None:
            return refused
        if self._happens("confirmed and not carried out", 0.01):
            return web.json_response({"success": True})
        if code not in self.world.orders:
            return _error(404, "order_error", "Order not found")
        refusal = self.world.answered(code, verb, body)
        if self._happens("answer lost", 0.06):
            return _cut(request)
        if self._happens("answer too late", 0.01):
            await asyncio.sleep(_LATE)
        return self._garbled() or _told(refusal)

    def _garbled(self) -> web.Response | None:
        """Instead of the answer to a call that was carried out."""
        if self._happens("500 after it was carried out", 0.02):
            return web.Response(status=500, text="oops")
        if self._happens("a web page after it was carried out", 0.01):
            return web.Response(text=MAINTENANCE, content_type="text/html")
        return None

    async def _voucher(self, request: web.Request) -> web.StreamResponse:
        if self._happens("voucher: 503", 0.05):
            return web.Response(status=503, text=MAINTENANCE, content_type="text/html")
        if self._happens("voucher: a web page", 0.02):
            return web.Response(text=MAINTENANCE, content_type="text/html")
        if self._happens("voucher: cut off", 0.02):
            return _cut(request)
        return web.Response(body=PDF, content_type="application/pdf")

    def _refused(self, request: web.Request) -> web.Response | None:
        """What happens before the call is looked at."""
        if self._under_maintenance:
            self.world.faults[f"maintenance page, {self._under_maintenance}"] += 1
            status, retry = self._under_maintenance, {"Retry-After": "1"}
            return web.Response(
                status=status, text=MAINTENANCE, content_type="text/html", headers=retry
            )
        if request.headers.get("Authorization") != f"Bearer {self._token}":
            self.world.faults["401"] += 1
            return _error(401, "Unauthorized", "unauthorized")
        if self._happens("429", 0.03):
            return _error(429, "too_many", "slow down", {"Retry-After": "1"})
        return self._failed(request)

    def _failed(self, request: web.Request) -> web.Response | None:
        if self._happens("cut off before", 0.03):
            return _cut(request)
        for status in (500, 502, 503):
            if self._happens(f"{status} before", 0.01):
                return web.Response(status=status, text=MAINTENANCE, content_type="text/html")
        return None

    def _happens(self, what: str, how_often: float) -> bool:
        happens = self.hostile and self.chance.random() < how_often
        self.world.faults[what] += happens
        return happens


@asynccontextmanager
async def serving(api: HostileApi) -> AsyncIterator[HostileApi]:
    app = web.Application()
    app.add_routes(api.routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    api.url = f"http://{host}:{port}"
    try:
        yield api
    finally:
        await runner.cleanup()


def _told(refusal: str) -> web.Response:
    if refusal:
        return _error(422, "order_status", refusal)
    return web.json_response({"success": True})


def _error(
    status: int, code: str, message: str, headers: dict[str, str] | None = None
) -> web.Response:
    errors = {"errors": [{"code": code, "messages": [message]}]}
    return web.json_response(errors, status=status, headers=headers)


def _cut(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
