"""A shop that sells, hands over, gets goods in and counts, at any time and late: never sold twice.

The shop is the real one, on a real database. The machine knows what is really on the shelf, and
plays the shop's own system, whose counts are read at once or long after they were made. One kind of
system takes off what is handed over; the other what is sold, some minutes after it was at most.
"""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from smartcart.kit.clock import micros, utc_now
from smartcart.merchant.actions.counting import Counting, Taken
from smartcart.merchant.domain.counts import Terms
from smartcart.merchant.domain.order import Status
from smartcart.merchant.domain.skus import Sku
from smartcart.merchant.stock import Count, Look
from tests.support.order_documents import line, order, without_options
from tests.support.shop import Shop, open_shop

LAG = 5
MINUTE = timedelta(minutes=1)
waits = st.integers(1, LAG + 1)


@dataclass
class Order:
    pieces: int
    taken_at: int
    known_at: int
    """When the shop's own system knows of it, in minutes."""


@dataclass
class System:
    """See `StockSource`: the count that was made last, or one that was made before."""

    pieces: int = 6
    at: int = 0
    number: int = 0
    name: str = "system"
    comes_whole: bool = True

    def look(self) -> Look:
        return Look(str(self.number), self.at)

    def read(self) -> Count:
        return Count({Sku("1"): self.pieces, Sku("2"): 5})


@dataclass
class Clock:
    minutes: int = 0
    start: datetime = field(default_factory=lambda: utc_now() - timedelta(minutes=10))

    def __call__(self) -> datetime:
        return self.start + self.minutes * MINUTE


class Shelf(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.clock, self.system = Clock(), System()
        self.there = 6
        self.here: dict[str, Order] = {}
        self.placed = 0
        self.counts: list[tuple[int, int]] = []

    @initialize(takes_off_what_is_sold=st.booleans())
    def open(self, takes_off_what_is_sold: bool) -> None:
        self.net = takes_off_what_is_sold
        terms = Terms(sold_off_after=LAG * 60_000_000 if self.net else None, shrink_percent=100)
        self.runner.run(self._open(terms))

    async def _open(self, terms: Terms) -> None:
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        shop = open_shop(str(folder / "shop.db"), None, folder, self.clock)
        self.shop: Shop = await self.stack.enter_async_context(shop)
        self.counting = Counting(self.shop.database, self.system, terms, self.clock)
        self._make_count()
        await self._take(*self.counts[-1])

    def _make_count(self) -> None:
        """What the shop's own system says now."""
        known = [one for one in self.here.values() if one.known_at <= self.clock.minutes]
        sold = sum(one.pieces for one in known) if self.net else 0
        self.counts.append((self.clock.minutes, self.there - sold))

    async def _take(self, minute: int, pieces: int) -> None:
        self.system.at = micros(self.clock.start + minute * MINUTE)
        self.system.pieces, self.system.number = pieces, self.system.number + 1
        assert isinstance(await self.counting.look(), Taken)

    async def _told(self, code: str, document: object) -> None:
        assert isinstance(document, dict)
        await self.shop.told(document, self.clock.minutes * 60 + 1)
        await self.shop.settle(queues=("events",))

    def _time_passes(self, minutes: int) -> None:
        """The shop's own system counts, and is not read yet."""
        self._make_count()
        self.clock.minutes += minutes

    @rule(minutes=waits, pieces=st.integers(1, 3), lag=st.integers(0, LAG))
    def an_order_comes(self, minutes: int, pieces: int, lag: int) -> None:
        self._time_passes(minutes)
        code, now = f"C{self.placed}", self.clock.minutes
        self.placed += 1
        free = self.there - sum(one.pieces for one in self.here.values())
        self.runner.run(self._told(code, order(code, line("1", pieces))))
        if self.runner.run(self.shop.order(code)).status is Status.ACCEPTING:
            assert pieces <= free
            self.here[code] = Order(pieces, now, now + lag)

    @precondition(lambda self: self.here)
    @rule(minutes=waits, data=st.data(), cancelled=st.booleans())
    def an_order_goes(self, minutes: int, data: st.DataObject, cancelled: bool) -> None:
        self._time_passes(minutes)
        code = data.draw(st.sampled_from(sorted(self.here)))
        gone = self.here.pop(code)
        self.there -= 0 if cancelled else gone.pieces
        state = "cancelled" if cancelled else "dispatched"
        self.runner.run(self._told(code, without_options(order(code), state)))
        if cancelled and self.net:
            # Of these a system that takes off what is sold has told too little: none is read.
            self.counts.clear()

    @rule(minutes=waits, pieces=st.integers(1, 3))
    def goods_come_in(self, minutes: int, pieces: int) -> None:
        self._time_passes(minutes)
        self.there += pieces

    @rule(minutes=waits, data=st.data(), late=st.booleans())
    def a_count_is_read(self, minutes: int, data: st.DataObject, late: bool) -> None:
        """One of now, or `late`: any that was made since the one read last."""
        self._time_passes(minutes)
        self._make_count()
        last = len(self.counts) - 1
        self._read(data.draw(st.integers(0, last)) if late else last)

    def _read(self, number: int) -> None:
        minute, pieces = self.counts[number]
        del self.counts[:number]
        self.runner.run(self._take(minute, pieces))
        quiet = all(one.taken_at + LAG <= minute for one in self.here.values())
        if minute == self.clock.minutes and (quiet or not self.net):
            assert self._shelf() == (self.there, sum(one.pieces for one in self.here.values()))

    def _shelf(self) -> tuple[int | None, int]:
        return self.runner.run(self.shop.shelf())["1"]

    @invariant()
    def nothing_is_sold_that_is_not_there(self) -> None:
        quantity, reserved = self._shelf() if hasattr(self, "shop") else (0, 0)
        assert quantity is not None
        assert reserved == sum(one.pieces for one in self.here.values())
        assert reserved <= self.there
        assert quantity - reserved <= self.there - reserved

    def teardown(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()


def test_what_is_counted_and_what_is_sold_never_add_up_to_more_than_there_is() -> None:
    run_state_machine_as_test(
        Shelf,
        settings=settings(
            max_examples=30,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
