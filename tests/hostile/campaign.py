"""Send orders to the real merchant program, and count what became of every one."""

import asyncio
import json
import random
import secrets
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic

from aiohttp import ClientSession, TCPConnector

from tests.hostile.kinds import (
    CONTESTED_STOCK,
    FEW,
    HELD,
    NONE,
    PLENTY,
    WEIGHTS,
    Kind,
    document,
    fresh_codes,
)
from tests.hostile.sender import Sender
from tests.hostile.server import HostileApi, serving
from tests.hostile.world import Truth, World
from tests.support.ports import free_port
from tests.support.programs import Program, stock_csv

LEAVE = frozenset({Kind.PLAIN, Kind.SHAPED, Kind.EXPRESS, Kind.ARRIVES_ACCEPTED, Kind.BY_HAND})
_CONTENDERS = 60
_LOOK_EVERY = 1.5
_ANSWER_SECONDS = 40
POLICY = """
[hold]
value_over = 1000000
vat_exclusion = false
invoice_documents = []
[pickup]
preparation_minutes = 0
[hours]
greek_holidays = false
""" + "\n".join(
    f'{day} = "00:00-24:00"'
    for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
)


@dataclass(frozen=True)
class Plan:
    orders: int = 20_000
    seed: int = 1
    at_once: int = 150
    settle_seconds: float = 300
    reread_minutes: float = 2
    """After so long an order is read again, of which an event may be lost."""


@dataclass
class Report:
    """`wrong` is empty when all is well."""

    seed: int
    orders: int
    seconds: float = 0
    kinds: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    webhook_requests: int = 0
    api_calls: int = 0
    ended: dict[str, int] = field(default_factory=dict)
    holds: dict[str, int] = field(default_factory=dict)
    answers_carried_out: int = 0
    vouchers_printed: int = 0
    pieces_reserved: int = 0
    wrong: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        return [f"{name}: {value}" for name, value in asdict(self).items()]


async def run(folder: Path, plan: Plan, tell: Callable[[str], None] = lambda _: None) -> Report:
    """Run the plan; `folder` keeps the merchant's database, log and prints.

    The seed repeats the orders and the faults that are drawn; which of them meet is up to time.
    `tell` is given the progress now and then.
    """
    began, chance, world = monotonic(), random.Random(plan.seed), World()
    token_file = folder / "token"
    async with (
        serving(HostileApi(world, random.Random(plan.seed + 1), token_file)) as api,
        ClientSession(connector=TCPConnector(limit=100)) as session,
    ):
        token_file.write_text(api.rotate())
        kinds = chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=plan.orders)
        merchant, webhook = _merchant(folder, api, plan, kinds.count(Kind.CONTESTED))
        await merchant.start()
        try:
            await merchant.ready(session)
            sender = Sender(session, webhook, random.Random(plan.seed + 2), world.faults)
            trouble = asyncio.create_task(api.give_trouble())
            await _live(world, sender, api, kinds, chance, plan, tell)
            trouble.cancel()
            api.relent()
            await sender.finished()
            await _settled(folder, world, plan)
            report = _audited(folder, world, plan)
        finally:
            await merchant.stop()
    report.kinds = {str(kind): count for kind, count in Counter(kinds).items()}
    report.webhook_requests, report.api_calls = sender.requests, api.calls
    report.seconds = round(monotonic() - began, 1)
    return report


def _merchant(folder: Path, api: HostileApi, plan: Plan, contested: int) -> tuple[Program, str]:
    secret, port = secrets.token_urlsafe(24), free_port()
    shelf = {**PLENTY, **FEW, **NONE}
    shelf |= dict.fromkeys(_contested(contested), CONTESTED_STOCK)
    (folder / "shelf.csv").write_text(stock_csv(shelf), encoding="utf-8")
    (folder / "policy.toml").write_text(POLICY)
    url = f"http://127.0.0.1:{port}"
    settings = {
        "DATABASE": str(folder / "merchant.db"),
        "PORT": str(port),
        "WEBHOOK_SECRET": secret,
        "API_URL": api.url,
        "API_TOKEN_FILE": str(api.token_file),
        "STOCK_CSV": str(folder / "shelf.csv"),
        "PRINT_FOLDER": str(folder / "prints"),
        "POLICY": str(folder / "policy.toml"),
        "DEVELOPMENT": "true",
        "REQUEST_TIMEOUT_SECONDS": "2",
        "LEASE_SECONDS": "10",
        "RETRY_BASE_SECONDS": "0.2",
        "RETRY_CAP_SECONDS": "3",
        "REREAD_MINUTES": str(plan.reread_minutes),
        "REREAD_ACCEPTED_MINUTES": str(plan.reread_minutes),
        "REREAD_CALLS_PER_MINUTE": "6000",
    }
    environment = {f"SMARTCART_MERCHANT_{name}": value for name, value in settings.items()}
    program = Program("merchant", environment, url, folder / "merchant.log")
    return program, f"{url}/webhook/{secret}"


def _contested(orders: int) -> list[str]:
    """Products that are ordered `_CONTENDERS` times each, and that are there less often."""
    return [f"contested-{n}" for n in range(orders // _CONTENDERS + 1)]


async def _live(
    world: World,
    sender: Sender,
    api: HostileApi,
    kinds: list[Kind],
    chance: random.Random,
    plan: Plan,
    tell: Callable[[str], None],
) -> None:
    room = asyncio.Semaphore(plan.at_once)
    contenders = 0
    async with asyncio.TaskGroup() as group:
        for code, kind in zip(fresh_codes(plan.orders), kinds, strict=True):
            await room.acquire()
            if len(world.orders) % 1_000 == 0:
                tell(f"{len(world.orders)} of {plan.orders} orders placed")
            product = f"contested-{contenders // _CONTENDERS}"
            contenders += kind is Kind.CONTESTED
            truth = Truth(kind, [document(kind, code, chance, product)])
            world.orders[code] = truth
            life = _Life(code, truth, sender, f"{api.url}/vouchers/{code}.pdf", chance)
            group.create_task(life.run()).add_done_callback(lambda _: room.release())


@dataclass
class _Life:
    """One order from its first event to its last."""

    code: str
    truth: Truth
    sender: Sender
    voucher: str
    chance: random.Random

    async def run(self) -> None:
        self.sender.tell(self.truth.document, "new_order")
        if self.truth.kind in HELD or self.truth.kind is Kind.VERBATIM:
            return
        interference = asyncio.create_task(self._interfere())
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                while self.truth.state == "open":
                    await self.truth.changed.wait()
        except TimeoutError:
            return  # the audit finds it open
        self.sender.tell(self.truth.document)
        if self.truth.state == "accepted" and self.truth.kind is not Kind.FULFILLED:
            await self._ship()
        await interference

    async def _interfere(self) -> None:
        kind = self.truth.kind
        if kind in (Kind.EXPRESS, Kind.BY_HAND):
            await asyncio.sleep(self.chance.uniform(0, 0.3))
            if self.truth.state == "open":
                self.truth.become("accepted")
        elif kind is Kind.CANCELLED:
            await asyncio.sleep(self.chance.uniform(0, 2))
            self.sender.tell(self.truth.become("cancelled"))

    async def _ship(self) -> None:
        await asyncio.sleep(self.chance.uniform(0, 1))
        if self.truth.state == "accepted":
            self.sender.tell(self.truth.become("accepted", courier_voucher=self.voucher))
        if self.truth.kind in LEAVE and self.chance.random() < 0.9:
            await asyncio.sleep(self.chance.uniform(1, 3))
            self.sender.tell(self.truth.become("dispatched"))


@dataclass
class _Books:
    """What the merchant's own database says."""

    status: dict[str, str]
    why_held: dict[str, str]
    printed: Counter[str]
    reserved: dict[str, int]


def _books(folder: Path) -> _Books:
    connection = sqlite3.connect(f"file:{folder / 'merchant.db'}?mode=ro", uri=True)
    try:
        rows = connection.execute("select code, status, document from shop_order").fetchall()
        held = {code: json.loads(text) for code, status, text in rows if status == "held"}
        return _Books(
            {code: status for code, status, _ in rows},
            {code: (order.get("decision") or {}).get("why", "") for code, order in held.items()},
            Counter(code for (code,) in connection.execute("select code from print")),
            dict(connection.execute("select shop_uid, reserved from stock")),
        )
    finally:
        connection.close()


async def _settled(folder: Path, world: World, plan: Plan) -> None:
    """Return when the books agree with the world; the audit says what is wrong otherwise."""
    deadline = monotonic() + plan.settle_seconds
    while monotonic() < deadline:
        if not list(_differences(world, await asyncio.to_thread(_books, folder))):
            return
        await asyncio.sleep(_LOOK_EVERY)


def _differences(world: World, books: _Books) -> list[str]:
    wrong = []
    for code, truth in world.orders.items():
        status = books.status.get(code)
        if status is None:
            wrong.append(f"{code} ({truth.kind}) was missed")
        elif status not in world.expected(truth):
            wrong.append(f"{code} ({truth.kind}) is {truth.state} and known as {status}")
        elif status == "held" and books.why_held[code] not in _justified(truth):
            wrong.append(f"{code} ({truth.kind}) is held for {books.why_held[code]}")
        wants = truth.state == "accepted" and truth.document.get("courier_voucher")
        if wants and books.printed[code] != 1:
            wrong.append(f"{code} ({truth.kind}) was printed {books.printed[code]} times")
        if books.printed[code] > 1:
            wrong.append(f"{code} ({truth.kind}) was printed {books.printed[code]} times")
    return wrong + _stock_differences(world, books)


def _justified(truth: Truth) -> tuple[str, ...]:
    if truth.kind is Kind.VERBATIM:  # recorded long ago, about products that are not ours
        return ("too_late", "unknown_sku", "no_lines")
    return (HELD[truth.kind],)


def _stock_differences(world: World, books: _Books) -> list[str]:
    promised: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for truth in world.orders.values():
        for one in truth.document.get("line_items", []):
            ours = truth.kind not in (Kind.FULFILLED, Kind.VERBATIM)
            promised[one["shop_uid"]] += one["quantity"] * (truth.state == "accepted" and ours)
            asked[one["shop_uid"]] += truth.kind is Kind.CONTESTED
    wrong = []
    for uid, reserved in books.reserved.items():
        if reserved != promised[uid]:
            wrong.append(f"{uid}: {reserved} reserved of {promised[uid]} promised")
        if uid.startswith("contested") and promised[uid] != min(CONTESTED_STOCK, asked[uid]):
            wrong.append(f"{uid}: {promised[uid]} sold of {CONTESTED_STOCK}, {asked[uid]} asked")
    return wrong


def _audited(folder: Path, world: World, plan: Plan) -> Report:
    books = _books(folder)
    report = Report(plan.seed, len(world.orders), faults=dict(sorted(world.faults.items())))
    report.ended = dict(Counter(truth.state for truth in world.orders.values()))
    report.holds = dict(Counter(books.why_held.values()))
    report.answers_carried_out = sum(len(truth.answers) for truth in world.orders.values())
    report.vouchers_printed = books.printed.total()
    report.pieces_reserved = sum(books.reserved.values())
    twice = [code for code, truth in world.orders.items() if len(truth.answers) > 1]
    unasked = [code for code in books.status if code not in world.orders]
    report.wrong = [
        *world.wrong,
        *_differences(world, books),
        *(f"{code} was answered twice" for code in twice),
        *(f"{code} is an order of nobody" for code in unasked),
    ]
    return report
