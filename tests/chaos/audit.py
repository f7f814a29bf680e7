"""What became of every order: both databases and the printed files, held against each other."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from smartcart.kit.database import Database
from tests.chaos.plan import SHELF
from tests.chaos.world import look

R = TypeVar("R", bound=Struct)
_PAGE = 2_000
_SHOWN = 50


class _Order(Struct):
    code: str
    state: str
    document: str


class _Step(Struct):
    id: str
    key: str
    what: str


class _Entry(Struct):
    key: str
    seq: int
    payload: str


class _Attempt(Struct):
    key: str
    seq: int
    n: int
    outcome: str


class _Resend(Struct):
    key: str
    seq: int
    again: int


class _Voucher(Struct):
    order_code: str
    pdf: bytes


class _Status(Struct):
    code: str
    status: str


class _Arrival(Struct):
    key: str
    seq: int
    code: str
    digest: str
    by_journal: int


class _Print(Struct):
    code: str
    number: int
    file: str


class _Stock(Struct):
    shop_uid: str
    reserved: int


@dataclass
class Audit:
    """Counts, and sentences about all that is not as it should be.

    `lost` is what was committed or confirmed and is not there, `doubled` an effect that was had
    twice, `out_of_order` an event that came to the shop before the one before it.
    """

    market: Database
    shop: Database
    prints: Path
    counts: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    async def run(self, confirmed: Iterable[str]) -> None:
        orders = {order.code: order async for order in self._orders()}
        self._placed(orders, set(confirmed))
        await self._steps(orders)
        await self._events(orders)
        await self._told()
        await self._known(orders)
        await self._printed(orders)
        await self._reserved(orders)

    def verdict(self) -> list[str]:
        """All that is wrong, a sentence each."""
        return [*self.lost, *self.doubled, *self.out_of_order, *self.wrong]

    def _orders(self) -> AsyncIterator[_Order]:
        return _pages(self.market, _Order, "select code, state, document from orders", "code")

    def _placed(self, orders: dict[str, _Order], confirmed: set[str]) -> None:
        """Every code that a customer was told is there, and what was rejected was reprocessed."""
        self.counts["orders"] = len(orders)
        self.counts["placed and confirmed"] = len(confirmed)
        self.lost += [
            f"order {code} was confirmed and is not there" for code in confirmed - set(orders)
        ]
        for code, order in orders.items():
            self.counts[f"orders {order.state}"] += 1
            if order.state not in ("accepted", "rejected"):
                self.wrong.append(f"order {code} ended {order.state}")
            if order.state == "rejected":
                self._reprocessed(order, orders)

    def _reprocessed(self, order: _Order, orders: dict[str, _Order]) -> None:
        followed = _follow_up(order.code) in orders
        self.counts["orders issued anew"] += followed
        if followed and not _is_anything_left(order):
            self.wrong.append(f"order {order.code} was reprocessed into one for nothing")
        if not followed and _is_anything_left(order):
            self.lost.append(f"order {order.code} has no order for what is available")

    async def _steps(self, orders: dict[str, _Order]) -> None:
        """Of an order's history: one answer, and one voucher where it was accepted."""
        told: defaultdict[str, Counter[str]] = defaultdict(Counter)
        sql = "select id, key, what from journal"
        async for step in _pages(self.market, _Step, sql, "id"):
            told[step.key][step.what] += 1
        for code, order in orders.items():
            steps = told[code]
            expected = Counter({order.state: 1})
            if order.state == "accepted":
                expected["voucher_issued"] = 1
            for what in ("accepted", "rejected", "voucher_issued", "placed", "reissued"):
                if steps[what] > 1:
                    self.doubled.append(f"order {code} was {what} {steps[what]} times")
            for what in expected:
                if not steps[what]:
                    self.lost.append(f"order {code} is {order.state} and was never {what}")
            self.counts["accepts carried out"] += steps["accepted"]
            self.counts["vouchers issued"] += steps["voucher_issued"]

    async def _events(self, orders: dict[str, _Order]) -> None:
        """Every event was delivered, once."""
        again = {
            (one.key, one.seq): one.again
            async for one in _pages(
                self.market, _Resend, "select key, seq, again from resend", "key, seq"
            )
        }
        sql = "select key, seq, n, outcome from attempt"
        sql += " where kind = 'webhook'"
        delivered: set[tuple[str, int]] = set()
        async for attempt in _pages(self.market, _Attempt, sql, "key, seq, n"):
            self.counts["webhook requests"] += 1
            self.counts[f"webhook requests {attempt.outcome}"] += 1
            place = (attempt.key, attempt.seq)
            if attempt.outcome == "delivered":
                if place in delivered:
                    self.doubled.append(f"event {attempt.seq} of {attempt.key} delivered twice")
                delivered.add(place)
        self.counts["events resent by the operator"] = len(again)
        written = [(entry.key, entry.seq) async for entry in self._entries()]
        told = {key for key, _ in written}
        for key, seq in written:
            last = seq
            while (key, last) in again:
                last = again[key, last]
            if (key, last) not in delivered:
                self.lost.append(f"event {seq} of {key} was not delivered")
        self.lost += [
            f"order {code} was never told of" for code in orders if f"webhook/{code}" not in told
        ]

    def _entries(self) -> AsyncIterator[_Entry]:
        sql = "select key, seq, payload from entry where kind = 'webhook'"
        return _pages(self.market, _Entry, sql, "key, seq")

    async def _told(self) -> None:
        """Every event the marketplace wrote is in the shop's inbox, byte for byte.

        In its order, by the webhook as by the journal; not by both together, for the shop reads
        the journal from where it was when it began, and the webhook may be at an earlier event.
        By the webhook what was given up comes when an operator sends it again.
        """
        arrived = await self._arrived()
        written: defaultdict[str, list[str]] = defaultdict(list)
        sent_again: set[str] = set()
        async for entry in self._entries():
            code = entry.key.removeprefix("webhook/")
            digest = hashlib.sha256(entry.payload.encode()).hexdigest()
            if digest in written[code]:  # another entry, and no event
                sent_again.add(digest)
            else:
                written[code].append(digest)
        self.counts["events written"] = sum(map(len, written.values()))
        for code, events in written.items():
            missing = set(events).difference(*arrived[code].values())
            self.lost += [f"event {events.index(one) + 1} of {code}" for one in missing]
            for by_journal, came in arrived[code].items():
                bound = [one for one in came if by_journal or one not in sent_again]
                if not missing and bound != [one for one in events if one in bound]:
                    self.out_of_order.append(f"the events of {code} came in another order")
        if strangers := arrived.keys() - written.keys():
            self.wrong.append(f"{len(strangers)} orders nobody told of reached the shop")

    async def _arrived(self) -> defaultdict[str, defaultdict[int, list[str]]]:
        """The events of each order by each way, in the order in which each first came by it."""
        arrived = defaultdict[str, defaultdict[int, list[str]]](lambda: defaultdict(list))
        sql = """select key, seq, code, digest, (
                     select count(*) from journal where journal.key = inbox.code
                     and journal.at = inbox.received_at and journal.what = 'received'
                     and journal.facts like '%"by":"journal"%') as by_journal
                 from inbox where true"""
        async for arrival in _pages(self.shop, _Arrival, sql, "key, seq"):
            self.counts["events taken in, repetitions too"] += 1
            came = arrived[arrival.code][arrival.by_journal]
            if arrival.digest not in came:
                came.append(arrival.digest)
        return arrived

    async def _known(self, orders: dict[str, _Order]) -> None:
        """The shop knows each order as the marketplace does."""
        sql = "select code, status from shop_order"
        known = {one.code: one.status async for one in _pages(self.shop, _Status, sql, "code")}
        for code, order in orders.items():
            if known.get(code) != order.state:
                self.wrong.append(f"order {code} is {order.state}, to the shop {known.get(code)}")

    async def _printed(self, orders: dict[str, _Order]) -> None:
        """The shop has printed one file an accepted order: that which the marketplace has."""
        printed: defaultdict[str, list[str]] = defaultdict(list)
        sql = "select code, number, file from print"
        async for one in _pages(self.shop, _Print, sql, "code, number"):
            printed[one.code].append(one.file)
        on_paper = {file.name for file in self.prints.iterdir()}
        self.counts["files printed"] = len(on_paper)
        for code, files in printed.items():
            if len(set(files)) > 1 or orders[code].state != "accepted":
                self.doubled.append(f"order {code}, {orders[code].state}, was printed as {files}")
        for code, order in orders.items():
            if order.state == "accepted" and not on_paper.intersection(printed[code]):
                self.lost.append(f"order {code} was not printed")
        if strange := on_paper - {file for files in printed.values() for file in files}:
            self.doubled.append(f"printed and not known: {sorted(strange)[:_SHOWN]}")
        await self._same(printed)

    async def _same(self, printed: dict[str, list[str]]) -> None:
        sql = "select order_code, pdf from voucher"
        async for voucher in _pages(self.market, _Voucher, sql, "order_code", 200):
            for file in printed[voucher.order_code]:
                if (self.prints / file).read_bytes() != voucher.pdf:
                    self.wrong.append(f"{file} is not the voucher of {voucher.order_code}")

    async def _reserved(self, orders: dict[str, _Order]) -> None:
        """What is reserved is what was promised, and no more than there is."""
        promised: Counter[str] = Counter()
        for order in orders.values():
            if order.state == "accepted":
                for line in json.loads(order.document)["lines"]:
                    promised[line["shop_uid"]] += line["quantity"]
        for row in await look(self.shop, _Stock, "select shop_uid, reserved from stock"):
            self.counts["pieces reserved"] += row.reserved
            if row.reserved != promised[row.shop_uid]:
                what = f"{row.shop_uid}: {row.reserved} for {promised[row.shop_uid]} promised"
                (self.doubled if row.reserved > promised[row.shop_uid] else self.lost).append(what)
            if row.reserved > SHELF[row.shop_uid]:
                self.wrong.append(f"{row.shop_uid}: {row.reserved} of {SHELF[row.shop_uid]} sold")


async def _pages(
    database: Database, row: type[R], sql: str, by: str, size: int = _PAGE
) -> AsyncIterator[R]:
    """All rows, a page at a time, in the order of the unique columns `by`."""
    names = by.split(", ")
    joint = " and " if " where " in sql else " where "
    places = ", ".join(f"${n}" for n in range(1, len(names) + 1))
    following = f"{sql}{joint}({by}) > ({places}) order by {by} limit {size}"
    page = await look(database, row, f"{sql} order by {by} limit {size}")
    while page:
        for one in page:
            yield one
        last = [getattr(page[-1], name) for name in names]
        page = await look(database, row, following, *last)


def _follow_up(code: str) -> str:
    day, number, *again = code.split("-")
    return f"{day}-{number}-{int(again[0]) + 1 if again else 1}"


def _is_anything_left(order: _Order) -> bool:
    """Whether any line was not rejected, or is there in part."""
    rejections = [line.get("rejection") for line in json.loads(order.document)["lines"]]
    return any(one is None or one.get("available_quantity") for one in rejections)
