"""The operator's calls under `/panel`, opened by the panel key."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from smartcart import outbox
from smartcart.contract.patience import UNREADABLE
from smartcart.contract.vocabulary import JSON_MEDIA_TYPE
from smartcart.kit import journal
from smartcart.kit.bodies import read
from smartcart.kit.clock import micros, utc_now
from smartcart.kit.database import Database
from smartcart.kit.journal.feed import feed
from smartcart.kit.keys import opens
from smartcart.kit.queries import as_number
from smartcart.marketplace.actions import instructions, loading, operating, placing, resending
from smartcart.marketplace.domain import written
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.ping import Pinged
from smartcart.marketplace.domain.placement import Cart, Terms
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from smartcart.marketplace.panel import deliveries, exhausted, rounds, views
from smartcart.marketplace.storage import endpoints, merchants, offers, orders

T = TypeVar("T")
Endpoint = Callable[[Request], Awaitable[Response]]
_MOST_ROWS = 200
MOST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Panel:
    database: Database
    key: str
    terms: Terms
    ping_one: Callable[[Merchant], Awaitable[Pinged]]

    def routes(self) -> list[BaseRoute]:
        return [
            self._route("/panel/feed", self.feed, "GET"),
            self._route("/panel/merchants", self.merchants, "GET"),
            self._route("/panel/merchants/{id}/ping", self.ping, "POST"),
            self._route("/panel/offers", self.offers, "GET"),
            self._route("/panel/carts", self.place, "POST"),
            self._route("/panel/orders", self.orders, "GET"),
            self._route("/panel/orders", self.enter, "POST"),
            self._route("/panel/pickups", self.pickups, "GET"),
            self._route("/panel/deliveries", self.deliveries, "GET"),
            self._route("/panel/deliveries/exhausted", self.exhausted, "GET"),
            self._route("/panel/deliveries/resend", self.redeliver, "POST"),
            self._route("/panel/orders/{code}", self.order, "GET"),
            self._route("/panel/orders/{code}/resend", self.resend, "POST"),
            self._route("/panel/orders/{code}/{instruction}", self.instruct, "POST"),
        ]

    def _route(self, path: str, endpoint: Endpoint, method: str) -> Route:
        async def guarded(request: Request) -> Response:
            if not self.key:
                raise HTTPException(404, "The panel is off: set panel_key to open it.")
            if not opens(request, self.key):
                raise Refused(RefusalCode.UNAUTHORIZED, "unauthorized")
            return await endpoint(request)

        return Route(path, guarded, methods=[method])

    async def feed(self, request: Request) -> Response:
        return feed(self.database, request)

    async def merchants(self, _request: Request) -> Response:
        found = await merchants.all_of_them(self.database)
        fared = await endpoints.all_of_them(self.database)
        return _json({"merchants": [views.merchant(one, fared[one.id]) for one in found]})

    async def ping(self, request: Request) -> Response:
        """Try the merchant's webhook URL now; what it came to."""
        merchant = await loading.merchant(self.database, request.path_params["id"])
        return _json(await self.ping_one(merchant))

    async def offers(self, request: Request) -> Response:
        limit, query = _limit(request), request.query_params
        found = await offers.page(
            self.database,
            query.get("merchant_id", ""),
            after=(query.get("after", ""), query.get("after_variation", "")),
            limit=limit,
        )
        last = found[-1] if len(found) == limit else None
        following = last and (last.shop_uid, last.shop_variation_uid)
        return _json({"offers": found, "next": following})

    async def place(self, request: Request) -> Response:
        cart = _body(await read(request, MOST_BYTES), Cart)
        placed = await placing.place(self.database, cart, self.terms)
        return _json({"codes": [order.code for order in placed]}, 201)

    async def enter(self, request: Request) -> Response:
        """Place a cart, or an order of `?merchant_id=` written out as the contract writes one."""
        given = written.read(await read(request, MOST_BYTES))
        merchant_id = request.query_params.get("merchant_id", "")
        placed = await placing.hand_in(self.database, given, merchant_id, self.terms)
        return _json({"codes": [order.code for order in placed]}, 201)

    async def orders(self, request: Request) -> Response:
        limit, query = _limit(request), request.query_params
        moment, _, code = query.get("before", "").partition(".")
        found = await orders.page(
            self.database,
            state=query.get("state", ""),
            limit=limit,
            before=as_number(moment, outbox.NEWEST.started_at),
            before_code=code,
        )
        last = found[-1] if len(found) == limit else None
        following = last and f"{micros(last.created_at)}.{last.code}"
        return _json({"orders": [views.summary(order) for order in found], "next": following})

    async def order(self, request: Request) -> Response:
        code = request.path_params["code"]
        order = await loading.order(self.database, code)
        key = f"webhook/{code}"
        return _json(
            views.whole(
                order,
                await journal.history(self.database, code),
                await outbox.entries(self.database, key),
                await outbox.attempts(self.database, key),
                utc_now(),
            )
        )

    async def pickups(self, request: Request) -> Response:
        query = request.query_params
        day, after = query.get("day", ""), query.get("after", "")
        return _json(await rounds.page(self.database, day, after, _limit(request)))

    async def deliveries(self, request: Request) -> Response:
        query = request.query_params
        wanted = deliveries.wanted(
            order=query.get("order", ""),
            merchant=query.get("merchant", ""),
            outcome=query.get("outcome", ""),
            since=query.get("since", ""),
        )
        before = query.get("before", "")
        return _json(await deliveries.page(self.database, wanted, before, _limit(request)))

    async def exhausted(self, request: Request) -> Response:
        query = request.query_params
        wanted = exhausted.Wanted(
            order=query.get("order", ""),
            merchant=query.get("merchant", ""),
            since=query.get("since", ""),
            until=query.get("until", ""),
            after=query.get("after", ""),
        )
        return _json(await exhausted.page(self.database, wanted, _limit(request)))

    async def redeliver(self, request: Request) -> Response:
        """A batch of those given up; the caller asks again with `after`, and sees the progress."""
        wanted = exhausted.read(await read(request, MOST_BYTES))
        return _json(await exhausted.resend(self.database, wanted))

    async def resend(self, request: Request) -> Response:
        await resending.resend(self.database, request.path_params["code"])
        return _json({"success": True})

    async def instruct(self, request: Request) -> Response:
        code, name = request.path_params["code"], request.path_params["instruction"]
        act = instructions.read(name, await read(request, MOST_BYTES)).act(self.terms)
        await operating.operate(self.database, code, act)
        return _json({"success": True})


def _limit(request: Request) -> int:
    return max(1, min(as_number(request.query_params.get("limit", ""), 50), _MOST_ROWS))


def _body(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except UNREADABLE as error:
        raise Refused(RefusalCode.CART, f"The body is not what is expected: {error}") from None


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type=JSON_MEDIA_TYPE)
