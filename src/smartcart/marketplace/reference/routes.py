"""`/openapi.json` for programs and `/docs` for people; both are open to everybody."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from smartcart.contract.vocabulary import JSON_MEDIA_TYPE
from smartcart.kit.i18n import SOURCE, preferred
from smartcart.marketplace.reference.openapi import document
from smartcart.marketplace.reference.page.render import STYLE, pages

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
}


@dataclass(frozen=True)
class Reference:
    """What a marketplace of these names, reached at `base_url`, says of itself.

    It is made when first asked for, in some tenths of a second, beside the event loop.
    """

    vendor: str
    user_agent: str
    base_url: str

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/openapi.json", self.openapi, methods=["GET"]),
            Route("/docs", self.docs, methods=["GET"]),
            Route("/docs/page.css", self.style, methods=["GET"]),
        ]

    async def openapi(self, _request: Request) -> Response:
        written = await asyncio.to_thread(lambda: self._written)
        return Response(written, media_type=JSON_MEDIA_TYPE)

    async def docs(self, request: Request) -> Response:
        """In the language asked for, or the one the browser likes best."""
        known = await asyncio.to_thread(lambda: self._pages)
        asked = request.query_params.get("lang", "")
        header = request.headers.get("accept-language", "")
        name = asked if asked in known else preferred(header, known, SOURCE)
        return HTMLResponse(known[name], headers=_HEADERS)

    async def style(self, _request: Request) -> Response:
        headers = {"Cache-Control": "max-age=31536000, immutable"}
        return Response(STYLE, headers=headers, media_type="text/css; charset=utf-8")

    @cached_property
    def _written(self) -> bytes:
        return json.dumps(document(self.vendor, self.user_agent), ensure_ascii=False).encode()

    @cached_property
    def _pages(self) -> Mapping[str, str]:
        return pages(json.loads(self._written), self.base_url)
