"""The two programs as this one sees them: over HTTP, with the keys that open their own pages."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

import msgspec
from aiohttp import ClientError, ClientSession, ClientTimeout

from smartcart.contract import Order, parse_order
from smartcart.demo.catalogue import Sku

T = TypeVar("T")

_QUICK = ClientTimeout(total=10)
# The feeds say every ten seconds that they are still there.
_FEED = ClientTimeout(total=None, connect=5, sock_read=25)
_LARGEST_LINE = 1 << 20
_NOT_FOUND, _MOST_OK = 404, 299


class Side(StrEnum):
    MARKETPLACE = "marketplace"
    SHOP = "shop"


class Unreachable(Exception):
    """A program did not answer, or answered that it cannot."""


class Declined(Exception):
    """A program refused what was asked, and said why."""


class Step(msgspec.Struct, frozen=True):
    """One thing that happened to an order on one side."""

    id: str
    key: str
    at: datetime
    what: str
    facts: dict[str, Any] = {}


class Attempt(msgspec.Struct, frozen=True):
    n: int
    started_at: datetime
    milliseconds: float
    outcome: str
    detail: str


class Delivery(msgspec.Struct, frozen=True):
    """An event the marketplace sent, or tries to send."""

    seq: int
    payload: msgspec.Raw
    attempts: list[Attempt] = []


class Arrival(msgspec.Struct, frozen=True):
    """An event as it came in at the shop."""

    received_at: datetime
    event_type: str
    verdict: str
    body: str


class Request(msgspec.Struct, frozen=True):
    method: str
    path: str
    body: msgspec.Raw = msgspec.Raw(b"null")


class Call(msgspec.Struct, frozen=True):
    """A call of the Orders API, by the shop."""

    kind: str
    request: Request
    attempts: list[Attempt] = []


class Print(msgspec.Struct, frozen=True):
    file: str
    printed_at: datetime


class MarketplaceView(msgspec.Struct, frozen=True):
    """Everything the marketplace tells of one order."""

    order: msgspec.Raw
    steps: list[Step]
    deliveries: list[Delivery] = []

    @property
    def document(self) -> Order:
        return parse_order(bytes(self.order))


class ShopView(msgspec.Struct, frozen=True):
    """Everything the shop tells of one order."""

    steps: list[Step]
    inbox: list[Arrival] = []
    calls: list[Call] = []
    prints: list[Print] = []


class Offer(msgspec.Struct, frozen=True):
    shop_uid: str
    name: str
    price_cents: int
    quantity: int | None
    shop_variation_uid: str = ""

    @property
    def sku(self) -> Sku:
        return Sku(self.shop_uid, self.shop_variation_uid)


class Stock(msgspec.Struct, frozen=True):
    """`quantity` None: there, but nobody says how many."""

    shop_uid: str
    quantity: int | None
    reserved: int
    shop_variation_uid: str = ""

    @property
    def sku(self) -> Sku:
        return Sku(self.shop_uid, self.shop_variation_uid)

    @property
    def free(self) -> int:
        return max(0, (self.quantity or 0) - self.reserved)


class _Listed(msgspec.Struct):
    code: str


class _Orders(msgspec.Struct):
    orders: list[_Listed]


class _Offers(msgspec.Struct):
    offers: list[Offer]


class _Placed(msgspec.Struct):
    codes: list[str]


class _Stocks(msgspec.Struct):
    stock: list[Stock]


class _Error(msgspec.Struct):
    code: str = ""
    messages: list[str] = []


class _Errors(msgspec.Struct):
    errors: list[_Error] = []


@dataclass(frozen=True, slots=True)
class Half:
    """What both programs have in common. Every call raises `Unreachable` or `Declined`."""

    session: ClientSession
    url: str
    key: str
    guarded: ClassVar[str]
    """A path that only the key opens."""

    async def healthy(self) -> bool:
        try:
            return bool(await self._call("GET", "/healthz"))
        except (Unreachable, Declined):
            return False

    async def opens(self) -> bool:
        """Whether the program there is the one with our key."""
        try:
            return bool(await self._call("GET", self.guarded))
        except (Unreachable, Declined):
            return False

    async def follow(self, path: str, latest: int) -> AsyncIterator[Step | None]:
        """The program's feed: None once it is open, then each step as it happens.

        Ends, or raises `Unreachable`, with the connection.
        """
        parameters = {"latest": str(latest)}
        try:
            async with self.session.get(
                self.url + path, params=parameters, headers=self._headers(), timeout=_FEED
            ) as answer:
                if answer.status > _MOST_OK:
                    raise Unreachable(f"{path}: {answer.status}")
                yield None
                while line := await answer.content.readuntil(b"\n"):
                    if line.startswith(b"data:"):
                        yield msgspec.json.decode(line[5:], type=Step)
        except (ClientError, OSError, ValueError) as error:
            raise Unreachable(f"{path}: {error}") from error

    async def _get(self, kind: type[T], path: str, **parameters: str) -> T:
        return msgspec.json.decode(await self._call("GET", path, parameters), type=kind)

    async def _find(self, kind: type[T], path: str) -> T | None:
        try:
            return await self._get(kind, path)
        except Declined:
            return None

    async def _call(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str] | None = None,
        body: object = None,
    ) -> bytes:
        try:
            async with self.session.request(
                method,
                self.url + path,
                params=parameters,
                data=None if body is None else msgspec.json.encode(body),
                headers=self._headers() | {"Content-Type": "application/json"},
                timeout=_QUICK,
            ) as answer:
                content = await answer.read()
        except (ClientError, OSError) as error:
            raise Unreachable(f"{path}: {error}") from error
        if answer.status > 499:
            raise Unreachable(f"{path}: {answer.status}")
        if answer.status > _MOST_OK:
            raise Declined(_why(content) or f"{path}: {answer.status}")
        return content

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


class Marketplace(Half):
    """The marketplace's panel."""

    guarded = "/panel/merchants"

    def steps(self, latest: int) -> AsyncIterator[Step | None]:
        return self.follow("/panel/feed", latest)

    async def newest(self, limit: int) -> list[str]:
        """The codes of the newest orders, newest first."""
        found = await self._get(_Orders, "/panel/orders", limit=str(limit))
        return [order.code for order in found.orders]

    async def order(self, code: str) -> MarketplaceView | None:
        return await self._find(MarketplaceView, f"/panel/orders/{code}")

    async def offers(self, merchant_id: str) -> list[Offer]:
        parameters = {"merchant_id": merchant_id, "limit": "200"}
        return (await self._get(_Offers, "/panel/offers", **parameters)).offers

    async def place(self, cart: Mapping[str, object]) -> list[str]:
        """The codes of the orders that the cart became."""
        content = await self._call("POST", "/panel/carts", body=cart)
        return msgspec.json.decode(content, type=_Placed).codes

    async def cancel(self, code: str) -> None:
        await self._call("POST", f"/panel/orders/{code}/cancel")


class Shop(Half):
    """The shop's dashboard."""

    guarded = "/dashboard/stock"

    def steps(self, latest: int) -> AsyncIterator[Step | None]:
        return self.follow("/dashboard/feed", latest)

    async def order(self, code: str) -> ShopView | None:
        return await self._find(ShopView, f"/dashboard/orders/{code}")

    async def stock(self) -> list[Stock]:
        return (await self._get(_Stocks, "/dashboard/stock")).stock

    async def printed(self, code: str) -> bytes | None:
        """The newest voucher printed for the order, as a PDF."""
        try:
            return await self._call("GET", f"/dashboard/prints/{code}")
        except Declined:
            return None


def _why(content: bytes) -> str:
    try:
        errors = msgspec.json.decode(content, type=_Errors).errors
    except msgspec.DecodeError:
        return ""
    return " ".join(message for error in errors for message in error.messages)
