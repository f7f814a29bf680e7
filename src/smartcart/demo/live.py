"""What is so now, kept up to date from both programs' feeds, for whoever shows it.

A feed only says what is new since it was opened. So after each opening, the first and those after
a program was away, the newest orders are loaded whole: what was missed is then filled in.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from smartcart.demo.card import Card
from smartcart.demo.catalogue import Sku
from smartcart.demo.halves import Marketplace, Shop, Side, Step, Stock, Unreachable

KEPT = 50
_BACKLOG = 100
_AGAIN_AFTER = 0.5
_AT_ONCE = 6
_STOCK_EVERY = 0.25
_EARLIEST = datetime.min.replace(tzinfo=UTC)

STOCK, PROGRAMS, STREAM, ACTIVITY = "stock", "programs", "stream", "activity"
"""What changes beside the cards, which go by their codes."""

Listener = Callable[[Side, Step], None]


class Versions:
    """Counts the changes of named things, so that each onlooker learns of those it has not seen."""

    def __init__(self) -> None:
        self._latest = 0
        self._of: dict[str, int] = {}
        self._waiting: set[asyncio.Event] = set()
        self._closed = False

    def close(self) -> None:
        """End every `changes`."""
        self._closed = True
        for event in self._waiting:
            event.set()

    def touch(self, name: str) -> None:
        self._latest += 1
        self._of[name] = self._latest
        for event in self._waiting:
            event.set()

    def forget(self, name: str) -> None:
        self._of.pop(name, None)

    async def changes(self, settle_seconds: float) -> AsyncIterator[set[str]]:
        """What has changed since the last set, the first time nothing; never an empty set after.

        Changes that come within `settle_seconds` of each other come as one.
        """
        event = asyncio.Event()
        self._waiting.add(event)
        seen = self._latest
        try:
            yield set()
            while not self._closed:
                await event.wait()
                await asyncio.sleep(settle_seconds)
                event.clear()
                changed = {name for name, version in self._of.items() if version > seen}
                seen = self._latest
                yield changed
        finally:
            self._waiting.discard(event)


@dataclass(slots=True)
class Live:
    marketplace: Marketplace
    shop: Shop
    versions: Versions = field(default_factory=Versions)
    stock: list[Stock] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)
    _cards: dict[str, Card] = field(default_factory=dict)
    _unloaded: dict[str, None] = field(default_factory=dict)
    _load: asyncio.Event = field(default_factory=asyncio.Event)
    _count: asyncio.Event = field(default_factory=asyncio.Event)

    def cards(self) -> list[Card]:
        """Orders that wait for a person, then the others; the newest first."""
        known = [card for card in self._cards.values() if card.document is not None]
        return sorted(known, key=lambda card: (bool(card.held), _age(card)), reverse=True)

    def card(self, code: str) -> Card | None:
        return self._cards.get(code)

    def free(self) -> dict[Sku, int]:
        """Pieces that the shop may yet promise, by product that it knows."""
        return {stock.sku: stock.free for stock in self.stock}

    async def run(self) -> None:
        """Keep up to date until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow(Side.MARKETPLACE, self.marketplace.steps))
            group.create_task(self._follow(Side.SHOP, self.shop.steps))
            group.create_task(self._keep_loading())
            group.create_task(self._keep_counting())

    async def _follow(self, side: Side, feed: Callable[[int], AsyncIterator[Step | None]]) -> None:
        while True:
            try:
                async for step in feed(_BACKLOG):
                    if step is None:
                        await self._fill_in()
                    else:
                        self._take(side, step)
            except Unreachable:
                pass  # the page shows which program is away
            await asyncio.sleep(_AGAIN_AFTER)

    async def _fill_in(self) -> None:
        """Have the newest orders loaded whole, and the stock."""
        self._want((await self.marketplace.newest(KEPT))[::-1])
        self._count.set()

    def _want(self, codes: Sequence[str]) -> None:
        """Have orders loaded, the last named first: in a flood older ones are soon off the page."""
        for code in codes:
            self._unloaded.pop(code, None)
            self._unloaded[code] = None
        for code in list(self._unloaded)[: -2 * KEPT]:
            del self._unloaded[code]
            self._drop(code)
        self._load.set()

    def _take(self, side: Side, step: Step) -> None:
        if step.what in _OF_THE_STOCK:
            self._count.set()
        if not step.key:
            return
        card = self._cards.get(step.key)
        if card is None:
            card = self._cards[step.key] = Card(step.key)
        self._add(card, side, [step])
        if card.document is None or step.what == "extended":
            self._want([step.key])

    def _add(self, card: Card, side: Side, steps: Sequence[Step]) -> None:
        new = card.add(side, steps)
        for step in new:
            for listener in self.listeners:
                listener(side, step)
        if new and card.document is not None:
            self._show(card)

    def _show(self, card: Card) -> None:
        self.versions.touch(card.code)
        self.versions.touch(ACTIVITY)

    async def _keep_loading(self) -> None:
        while True:
            await self._load.wait()
            self._load.clear()
            while codes := self._next_unloaded():
                try:
                    await asyncio.gather(*map(self._load_one, codes))
                except Unreachable:
                    self._want(codes)
                    await asyncio.sleep(_AGAIN_AFTER)

    def _next_unloaded(self) -> list[str]:
        return [self._unloaded.popitem()[0] for _ in range(min(_AT_ONCE, len(self._unloaded)))]

    async def _load_one(self, code: str) -> None:
        marketplace, shop = await asyncio.gather(
            self.marketplace.order(code), self._shop_order(code)
        )
        if marketplace is None:
            self._drop(code)
            return
        card = self._cards.setdefault(code, Card(code))
        card.document = marketplace.document
        self._add(card, Side.MARKETPLACE, marketplace.steps)
        self._add(card, Side.SHOP, shop)
        self._show(card)
        self._drop_oldest()

    async def _shop_order(self, code: str) -> list[Step]:
        try:
            view = await self.shop.order(code)
        except Unreachable:
            return []  # its feed, once it is back, has everything loaded again
        return view.steps if view else []

    def _drop_oldest(self) -> None:
        for card in self.cards()[KEPT:]:
            self._drop(card.code)

    def _drop(self, code: str) -> None:
        self._cards.pop(code, None)
        self.versions.forget(code)

    async def _keep_counting(self) -> None:
        while True:
            await self._count.wait()
            self._count.clear()
            try:
                stock = await self.shop.stock()
            except Unreachable:
                await asyncio.sleep(_AGAIN_AFTER)
                continue
            if stock != self.stock:
                self.stock = stock
                self.versions.touch(STOCK)
            await asyncio.sleep(_STOCK_EVERY)


_OF_THE_STOCK = frozenset(
    {"stock_read", "decided_accept", "decided_reject", "closed", "accepted", "short"}
)


def _age(card: Card) -> datetime:
    return card.placed_at or _EARLIEST
