"""The page's routes."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from smartcart.demo.card import Card
from smartcart.demo.halves import MarketplaceView, ShopView, Side, Unreachable
from smartcart.demo.live import Live
from smartcart.demo.opening import Demo
from smartcart.demo.page import statics
from smartcart.demo.page.actions import Actions
from smartcart.demo.page.events import events
from smartcart.demo.page.guard import Guard
from smartcart.demo.page.render import Given, Renderer
from smartcart.kit.i18n import SOURCE, preferred

_COOKIE = "lang"
_A_YEAR = 365 * 86400


@dataclass(frozen=True, slots=True)
class Page:
    """`visited` is set when the first visitor comes. `language` is for who has not chosen one."""

    demo: Demo
    live: Live
    actions: Actions
    renderers: Mapping[str, Renderer]
    language: str
    visited: asyncio.Event = field(default_factory=asyncio.Event)

    def app(self, port: int) -> Starlette:
        """The page, for `port` on this machine alone."""
        return Starlette(
            routes=[
                Route("/", self.index),
                Route("/events", self.events),
                Route("/static/{name}", statics.show),
                Route("/orders/{code}", self.order),
                Route("/orders/{code}/card", self.card),
                Route("/orders/{code}/voucher.pdf", self.voucher),
                *self.actions.routes(self.renderer),
            ],
            middleware=[Middleware(Guard, port=port)],
            exception_handlers={Unreachable: self._away, HTTPException: self._refused},
        )

    async def index(self, request: Request) -> Response:
        self.visited.set()
        placed = request.query_params.get("placed", "")
        answer = HTMLResponse(self.renderer(request).page(Given(), placed=placed))
        chosen = request.query_params.get(_COOKIE, "")
        if chosen in self.renderers:
            answer.set_cookie(_COOKIE, chosen, max_age=_A_YEAR, httponly=True, samesite="strict")
        answer.headers["Cache-Control"] = "no-store"
        return answer

    async def events(self, request: Request) -> Response:
        self.visited.set()
        return StreamingResponse(
            events(self.live, self.renderer(request)),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )

    async def order(self, request: Request) -> Response:
        card, marketplace, shop = await self._loaded(request)
        return HTMLResponse(self.renderer(request).order(card, marketplace, shop))

    async def card(self, request: Request) -> Response:
        """One card, unfolded, for a page that shows it folded."""
        card, _, _ = await self._loaded(request)
        return HTMLResponse(self.renderer(request).card(card, opened=True))

    async def voucher(self, request: Request) -> Response:
        """The copy that the shop printed."""
        code = request.path_params["code"]
        content = await self.demo.shop.printed(code)
        if content is None:
            raise HTTPException(404, f"No voucher was printed for {code}.")
        headers = {"Content-Disposition": f'inline; filename="{code}.pdf"'}
        return Response(content, headers=headers, media_type="application/pdf")

    def renderer(self, request: Request) -> Renderer:
        """For the language asked for, chosen before, or liked best by the browser."""
        for asked in (request.query_params.get(_COOKIE), request.cookies.get(_COOKIE)):
            if asked is not None and asked in self.renderers:
                return self.renderers[asked]
        header = request.headers.get("accept-language", "")
        return self.renderers[self.language or preferred(header, self.renderers, SOURCE)]

    async def _loaded(self, request: Request) -> tuple[Card, MarketplaceView, ShopView | None]:
        code = request.path_params["code"]
        marketplace, shop = await asyncio.gather(
            self.demo.marketplace.order(code), self._shop_view(code)
        )
        if marketplace is None:
            raise HTTPException(404, f"There is no order {code}.")
        card = Card(code, marketplace.document)
        card.add(Side.MARKETPLACE, marketplace.steps)
        card.add(Side.SHOP, shop.steps if shop else [])
        return card, marketplace, shop

    async def _shop_view(self, code: str) -> ShopView | None:
        """None as well while the shop is away: the marketplace's half is worth seeing alone."""
        try:
            return await self.demo.shop.order(code)
        except Unreachable:
            return None

    async def _away(self, _request: Request, error: Exception) -> Response:
        return PlainTextResponse(f"A program of the demo does not answer: {error}\n", 503)

    async def _refused(self, _request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return PlainTextResponse(f"{error.detail}\n", error.status_code)
