"""The shop's calls under `/dashboard`, opened by the dashboard key. They only show."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smartcart import outbox
from smartcart.contract.vocabulary import JSON_MEDIA_TYPE
from smartcart.kit import journal
from smartcart.kit.clock import micros, utc_now
from smartcart.kit.database import Database
from smartcart.kit.journal.feed import feed
from smartcart.kit.keys import opens
from smartcart.kit.queries import as_number
from smartcart.merchant.actions import work
from smartcart.merchant.dashboard import views
from smartcart.merchant.domain.skus import Sku, Spot
from smartcart.merchant.storage import inbox, orders, prints, stock

Endpoint = Callable[[Request], Awaitable[Response]]
_MOST_ROWS = 200
_MOST_EVENTS = 100


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Codes are opaque and may hold slashes, hence the `path` parameters."""

    database: Database
    key: str
    print_folder: Path

    def routes(self) -> list[Route]:
        return [
            self._route("/dashboard/feed", self.feed),
            self._route("/dashboard/orders", self.orders),
            self._route("/dashboard/orders/{code:path}", self.order),
            self._route("/dashboard/prints/{code:path}", self.print),
            self._route("/dashboard/stock", self.stock),
        ]

    def _route(self, path: str, endpoint: Endpoint) -> Route:
        @wraps(endpoint)  # a figure is told by its name
        async def guarded(request: Request) -> Response:
            if not self.key:
                raise HTTPException(404, "The dashboard is off: set dashboard_key to open it.")
            if not opens(request, self.key):
                raise HTTPException(401, "Send the dashboard key as the bearer token.")
            if any("\0" in text for text in _texts(request)):
                raise HTTPException(404, "Nothing has a name with a NUL in it.")
            return await endpoint(request)

        return Route(path, guarded, methods=["GET"])

    async def feed(self, request: Request) -> Response:
        return feed(self.database, request)

    async def orders(self, request: Request) -> Response:
        limit, query = _limit(request), request.query_params
        moment, _, code = query.get("before", "").partition(".")
        found = await orders.page(
            self.database,
            status=query.get("status", ""),
            before=as_number(moment, micros(utc_now()) + 1),
            before_code=code,
            limit=limit,
        )
        last = found[-1] if len(found) == limit else None
        following = last and f"{last.created_at}.{last.code}"
        return _json({"orders": [views.summary(row) for row in found], "next": following})

    async def order(self, request: Request) -> Response:
        code = request.path_params["code"]
        row = await orders.find_row(self.database, code)
        events = await inbox.of_order(self.database, work.events_of(code), _MOST_EVENTS)
        if row is None and not events:
            raise HTTPException(404, f"No order {code} is known here.")
        newest = await inbox.body(self.database, row.order().newest) if row else None
        return _json(
            {
                "order": views.document(newest),
                "summary": views.summary(row) if row else None,
                "steps": views.steps(await journal.history(self.database, code)),
                "inbox": [views.event(kept) for kept in events],
                "calls": await self._calls(code),
                "prints": views.prints(await prints.of_order(self.database, code)),
            }
        )

    async def _calls(self, code: str) -> list[views.View]:
        calls: list[views.View] = []
        for key in work.effects_of(code):
            entries = await outbox.entries(self.database, key)
            if entries:
                calls += views.calls(entries, await outbox.attempts(self.database, key))
        return calls

    async def print(self, request: Request) -> Response:
        """The last voucher printed for the order, as it was printed."""
        code = request.path_params["code"]
        printed = await prints.of_order(self.database, code)
        if not printed:
            raise HTTPException(404, f"No voucher was printed for {code}.")
        file = self.print_folder / printed[-1].file
        try:
            pdf = await asyncio.to_thread(file.read_bytes)
        except FileNotFoundError:
            raise HTTPException(404, f"{file.name} is no longer in the print folder.") from None
        return Response(pdf, media_type="application/pdf", headers={"Cache-Control": "private"})

    async def stock(self, request: Request) -> Response:
        limit = _limit(request)
        params = request.query_params
        after = Sku(params.get("after", ""), params.get("after_variation", ""))
        spot = Spot(after, params.get("after_place", ""))
        found = await stock.everywhere(self.database, spot, limit)
        last = found[-1] if len(found) == limit else None
        following = {"next": last and last.sku, "next_place": last and last.place}
        return _json({"stock": found, **following})


def _texts(request: Request) -> list[str]:
    return [*request.path_params.values(), *request.query_params.values()]


def _limit(request: Request) -> int:
    return max(1, min(as_number(request.query_params.get("limit", ""), 50), _MOST_ROWS))


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type=JSON_MEDIA_TYPE)
