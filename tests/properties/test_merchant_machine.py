"""A marketplace that tells its events in any order, again and again, and a shop that keeps count.

The shop is the real one, on a real database, calling a real Orders API. The machine plays the
marketplace and the post office: orders change, each change makes an event, events are delivered in
any order, more than once, or late, answers are lost, and the program works things off in between.
"""

import asyncio
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

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

from smartcart.merchant.actions.receiving import receive
from smartcart.merchant.domain.order import ENDED, LEFT, Status
from tests.support.order_documents import Json, event, line, order, without_options
from tests.support.orders_api import PDF, Answer, Lost, OrdersApi
from tests.support.shop import Shop, open_shop

PIECES = {"1001": 6, "1002": 3, "1003": None}
FAULTS = (
    Lost(carried_out=True),
    Lost(carried_out=False),
    Answer(500),
    Answer(502, b"<html>", carried_out=True),
)
NEXT = {
    "open": ("accepted", "cancelled", "expired"),
    "accepted": ("cancelled", "dispatched", "rejected"),
    "dispatched": ("cancelled", "returned"),
}


class Loop(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.told: dict[str, list[bytes]] = {}
        self.last: dict[str, Json] = {}
        self.undelivered: set[tuple[str, int]] = set()
        self.seconds = 0
        self.work_left = False

    @initialize()
    def open(self) -> None:
        self.runner.run(self._open())

    async def _open(self) -> None:
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.api = await self.stack.enter_async_context(OrdersApi())
        self.shop: Shop = await self.stack.enter_async_context(
            open_shop(str(folder / "shop.db"), self.api, folder)
        )
        await self.shop.stock(**{f"p{uid}": pieces for uid, pieces in PIECES.items()})

    def _change(self, code: str, document: Json, kind: str = "order_updated") -> None:
        """The order becomes `document`, and an event tells so."""
        self.api.orders[code] = self.last[code] = document
        at = self.shop.start.timestamp() + self.seconds
        body = event(document, self.shop.start.fromtimestamp(at, self.shop.start.tzinfo), kind)
        self.told.setdefault(code, []).append(body)
        self.undelivered.add((code, len(self.told[code]) - 1))

    @rule(
        wanted=st.dictionaries(st.sampled_from(sorted(PIECES)), st.integers(1, 4), min_size=1),
        express=st.sampled_from([False, False, False, True]),
    )
    def place(self, wanted: dict[str, int], express: bool) -> None:
        self.seconds += 1
        code = f"C{len(self.told)}"
        lines = [line(uid, pieces) for uid, pieces in wanted.items()]
        state = "accepted" if express else "open"
        self._change(code, order(code, *lines, state=state, express=express), "new_order")

    @precondition(lambda self: self.told)
    @rule(data=st.data(), same_second=st.booleans())
    def change(self, data: st.DataObject, same_second: bool) -> None:
        """Anybody but the shop changes an order."""
        code = data.draw(st.sampled_from(sorted(self.told)))
        document = self.api.orders[code]
        following = NEXT.get(document["state"], ())
        choices = [*following, "voucher" if document["state"] == "accepted" else "extended"]
        choice = data.draw(st.sampled_from(choices))
        self.seconds += not same_second
        if choice == "voucher":
            url = self.api.voucher(f"{code}-{self.seconds}.pdf", PDF + code.encode())
            self._change(code, document | {"courier_voucher": url})
        elif choice == "extended":
            self._change(code, document | {"comments": f"extended at {self.seconds}"})
        else:
            self._change(code, without_options(document, choice))

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        """Any event of any order, whether it was delivered before or not."""
        code = data.draw(st.sampled_from(sorted(self.told)))
        number = data.draw(st.integers(0, len(self.told[code]) - 1))
        self._deliver(code, number)

    def _deliver(self, code: str, number: int) -> None:
        self.runner.run(receive(self.shop.database, self.told[code][number]))
        self.undelivered.discard((code, number))
        self.work_left = True

    @rule(fault=st.sampled_from(FAULTS))
    def lose(self, fault: Lost | Answer) -> None:
        self.api.faults.append(fault)

    @precondition(lambda self: self.work_left)
    @rule()
    def work(self) -> None:
        """Everything that is due is done; what it did at the marketplace is told by events."""
        self.runner.run(self.shop.settle())
        self.work_left = False
        for code, document in self.api.orders.items():
            if document["state"] != self.last[code]["state"]:
                self.seconds += 1
                self._change(code, document)

    @rule(more=st.integers(1, 3))
    def restock(self, more: int) -> None:
        async def count() -> None:
            quantity, _ = (await self.shop.shelf())["1001"]
            await self.shop.stock(p1001=(quantity or 0) + more)

        self.runner.run(count())

    @invariant()
    def nothing_is_promised_twice(self) -> None:
        if not self.told:
            return
        shelf = self.runner.run(self.shop.shelf())
        for quantity, reserved in shelf.values():
            assert reserved >= 0
            assert quantity is None or reserved <= quantity
        assert self.runner.run(self.shop.is_balanced())
        effects = Counter(code for _, code, _ in self.api.effects)
        assert all(times == 1 for times in effects.values())

    def teardown(self) -> None:
        try:
            if self.told:
                self._catch_up()
                self.runner.run(self._check_the_end())
        finally:
            self.runner.run(self.stack.aclose())
            self.runner.close()

    def _catch_up(self) -> None:
        """Every event arrives in the end, the youngest first."""
        self.api.faults.clear()
        while self.undelivered or self.work_left:
            for code, number in sorted(self.undelivered, reverse=True):
                self._deliver(code, number)
            self.work()

    async def _check_the_end(self) -> None:
        for code, document in self.api.orders.items():
            found = await self.shop.order(code)
            state = document["state"]
            assert found.state == state, await self.shop.steps(code)
            expected: dict[str, Any] = {**ENDED, **dict.fromkeys(LEFT, Status.HANDED_OVER)}
            expected |= {"accepted": Status.ACCEPTED, "open": Status.WAITING}
            assert found.status == expected[state], await self.shop.steps(code)
            assert state == "accepted" or not found.holds
            if state == "accepted" and document["courier_voucher"]:
                assert document["courier_voucher"] in found.vouchers
        assert await self.shop.is_balanced()
        files = self.shop.printed()
        printed = [
            url for code in self.api.orders for url in (await self.shop.order(code)).vouchers
        ]
        assert len(files) <= len(set(printed)) == len(printed)


def test_the_loop_ends_the_same_whatever_the_post_office_does() -> None:
    run_state_machine_as_test(
        Loop,
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
