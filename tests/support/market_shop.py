"""A shop at a running marketplace: its orders, and its calls to the Orders API."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from smartcart.contract import AcceptRequest, encode, parse_order
from smartcart.contract import Order as Document
from smartcart.kit.database import Database
from smartcart.marketplace.actions import merchants
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.domain.placement import Terms
from tests.support.market_server import ORDERS, Answer, Caller
from tests.support.marketplace import acceptance_of, place, stored

SUCCESS = b'{"success":true}'


@dataclass(frozen=True, slots=True)
class Shop:
    database: Database
    merchant: Merchant
    token: str
    caller: Caller

    async def ordered(
        self, quantities: Mapping[str, int] | None = None, *, hours: float = 24
    ) -> Order:
        """A new order of this shop, to be answered within `hours`."""
        terms = Terms(answer_within=timedelta(hours=hours))
        chosen = quantities or {"A": 3, "B": 2}
        return await place(self.database, chosen, merchant=self.merchant.id, terms=terms)

    async def accepted(self) -> Order:
        order = await self.ordered()
        answer = await self.accept(order)
        assert answer.status == 200, answer
        return await self.kept(order)

    async def rejected(self) -> Order:
        order = await self.ordered()
        answer = await self.reject(order, {"rejection_reason_other": "όχι"})
        assert answer.status == 200, answer
        return await self.kept(order)

    async def change(self, **changes: object) -> None:
        """Change the shop's settings at the marketplace, as its operator does."""
        await merchants.change(self.database, msgspec.structs.replace(self.merchant, **changes))

    async def kept(self, order: Order) -> Order:
        return await stored(self.database, order.code)

    async def get(self, code: str) -> Answer:
        return await self.caller.get(f"{ORDERS}/{code}")

    async def shown(self, code: str) -> Document:
        answer = await self.get(code)
        assert answer.status == 200, answer
        return parse_order(answer.body)

    async def accept(self, order: Order, body: object = None) -> Answer:
        """Accept with `body`, or with the first of the order's options."""
        chosen = encode(acceptance_of(order)) if body is None else body
        return await self.caller.post(f"{ORDERS}/{order.code}/accept", chosen)

    async def accept_with(self, order: Order, **changes: object) -> Answer:
        request: AcceptRequest = acceptance_of(order, **changes)
        return await self.accept(order, encode(request))

    async def reject(self, order: Order, body: object) -> Answer:
        return await self.caller.post(f"{ORDERS}/{order.code}/reject", body)
