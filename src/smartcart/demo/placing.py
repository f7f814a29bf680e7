"""Place carts: by hand, ready-made, or as a steady stream; and keep the shelf from running dry."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from smartcart.contract import PaymentMethod
from smartcart.demo import carts, catalogue
from smartcart.demo.carts import Lines, Wish
from smartcart.demo.catalogue import Sku
from smartcart.demo.halves import Declined, Offer, Unreachable
from smartcart.demo.live import STREAM, Live
from smartcart.demo.opening import Demo
from smartcart.kit.files import write_atomically

_RESTOCK_EVERY = 1.0
_AFTER_TROUBLE = 2.0


@dataclass(slots=True)
class Placing:
    """`random` decides who the customers are, and what a stream's carts hold."""

    demo: Demo
    live: Live
    offers: Sequence[Offer]
    rate: float
    """Carts a second of the stream."""
    random: Random = field(default_factory=Random)
    streaming: bool = False
    _switched: asyncio.Event = field(default_factory=asyncio.Event)

    async def place(
        self, lines: Lines, payment: PaymentMethod = PaymentMethod.CARD, comments: str = ""
    ) -> list[str]:
        """The codes of the orders placed. Raises `Declined` or `Unreachable`."""
        merchant_id = self.demo.state.merchant_id
        cart = carts.cart(merchant_id, lines, self.random, payment, comments)
        return await self.demo.marketplace.place(cart)

    async def place_ready_made(self, wish: Wish) -> list[str]:
        """As `place`, with lines that show what is wished; none when the shelf forbids it."""
        lines = carts.lines_for(wish, self.offers, self.live.free(), self.random)
        return await self.place(lines, self._payment()) if lines else []

    async def introduce(self) -> list[str]:
        """Place the first carts of a fresh demo, once for all runs."""
        if self.demo.state.introduced:
            return []
        served = await self.place(carts.FIRST_SERVED)
        self.demo.remember(introduced=True)
        await asyncio.sleep(1.5)
        return served + await self.place(carts.FIRST_SHORT, PaymentMethod.CASH_ON_DELIVERY)

    def switch(self, on: bool, rate: float | None = None) -> None:
        """Switch the steady stream."""
        self.streaming = on
        self.rate = rate or self.rate
        self._switched.set()
        self.live.versions.touch(STREAM)

    async def restock(self) -> None:
        await self._write(carts.delivered(self.live.stock, catalogue.shelf()))

    async def count_in(self, sku: Sku) -> None:
        """Have the shop find a few pieces of a product that its stock list did not know."""
        await self._write(carts.counted_in(self.live.stock, sku))

    async def run(self) -> None:
        """The stream, while it is switched on; until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._stream())
            group.create_task(self._keep_stocked())

    async def _stream(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._until_switched_on()
            following = loop.time() + 1 / self.rate
            try:
                lines = carts.mixed(self.offers, self.live.free(), self.random)
                if lines:
                    await self.place(lines, self._payment())
            except (Declined, Unreachable):
                await asyncio.sleep(_AFTER_TROUBLE)
            await self._wait_unless_switched(following - loop.time())

    async def _keep_stocked(self) -> None:
        while True:
            await self._until_switched_on()
            quantities = carts.restocked(self.live.stock, catalogue.shelf())
            if quantities:
                await self._write(quantities)
            await asyncio.sleep(_RESTOCK_EVERY)

    async def _until_switched_on(self) -> None:
        while not self.streaming:
            self._switched.clear()
            await self._switched.wait()

    async def _wait_unless_switched(self, seconds: float) -> None:
        self._switched.clear()
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._switched.wait()
        except TimeoutError:
            pass

    def _payment(self) -> PaymentMethod:
        return self.random.choice(carts.PAYMENTS)

    async def _write(self, quantities: Mapping[Sku, int]) -> None:
        """Nothing is written before the stock is known: the list is the shop's whole stock."""
        if quantities:
            content = catalogue.stock_list(quantities)
            await asyncio.to_thread(write_atomically, self.demo.folder.stock, content)
