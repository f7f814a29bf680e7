"""The shop's program from webhook to accept, beside a script that keeps nothing.

Orders decided and answered a second, the time for one at a steady pace, and the memory of a shop
with a long history beside that of a new one. `python -m bench autopilot`
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from time import monotonic, process_time

import psutil
from aiohttp import ClientError

from bench.autopilot.history import multiply
from bench.autopilot.market import UID, Market, market, new_orders
from bench.autopilot.script import in_stock
from smartcart.contract import parse_event
from smartcart.merchant.domain.deciding import decide
from smartcart.merchant.domain.policy import Policy
from smartcart.merchant.domain.shelves import Shelf
from smartcart.merchant.domain.skus import Sku
from tests.support.order_documents import event, line, order, without_options
from tests.support.ports import free_port
from tests.support.postgres import fresh_database, running_postgres
from tests.support.programs import Program

ORDERS, SENDERS, ROUNDS = 2_000, 16, 3
RATE, SECONDS = 10, 30
HISTORY = 100_000
DECISIONS = 5_000
SECRET, TOKEN = "not-to-be-guessed", "a-token"

Figure = dict[str, str | float]
_PLENTY = f"id,quantity\n{UID},100000000\n"
_SCRIPT = "a script that keeps nothing"


@dataclass(frozen=True, slots=True)
class Contestant:
    webhook: str
    pid: int


Running = Callable[[Market, Path], AbstractAsyncContextManager[Contestant]]


async def run() -> list[Figure]:
    """The figures, each beside its baseline."""
    with running_postgres(durable=True) as admin_url:
        engines = {"SQLite": _on_sqlite(), "PostgreSQL": _on_postgres(admin_url)}
        script = [await _burst(_script) for _ in range(ROUNDS)]
        bursts = {name: [await _burst(one) for _ in range(ROUNDS)] for name, one in engines.items()}
        bare = await _steady(_script)
        waits = {name: await _steady(one) for name, one in engines.items()}
    new, old = await _memory(0), await _memory(HISTORY)
    ours, theirs = _deciding()
    return [
        _figure("autopilot decisions alone", ours, "/s", theirs, "its check of the stock"),
        *(
            _figure(f"autopilot decided and answered, {name}", median(one), "/s", median(script))
            for name, one in bursts.items()
        ),
        *(
            _figure(
                f"autopilot webhook to accept at {RATE}/s, {name}, p{percent}",
                quantiles(found, n=100)[percent - 1],
                "ms",
                quantiles(bare, n=100)[percent - 1],
            )
            for name, found in waits.items()
            for percent in (50, 99)
        ),
        _figure(f"autopilot memory, {HISTORY:,} orders of history", old, "MB", new, "a new shop"),
    ]


def _figure(
    name: str, value: float, unit: str, baseline: float, baseline_name: str = _SCRIPT
) -> Figure:
    better = value / baseline if unit == "/s" else baseline / value
    return {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "baseline": round(baseline, 2),
        "baseline_name": baseline_name,
        "ratio": round(better, 3),
    }


async def _burst(running: Running) -> float:
    """Orders a second, from the first webhook to the last accept."""
    async with _between(running) as (where, contestant):
        events = new_orders(ORDERS)
        left = iter(events.values())
        began = monotonic()

        async def send_some() -> None:
            for body in left:
                await where.send(contestant.webhook, body)

        await asyncio.gather(*(send_some() for _ in range(SENDERS)))
        await where.all_accepted(list(events))
        return ORDERS / (max(where.accepted.values()) - began)


async def _steady(running: Running) -> list[float]:
    """Milliseconds from just before each webhook to its accept."""
    async with _between(running) as (where, contestant):
        warm = new_orders(RATE, first=9_000_000)
        for body in warm.values():
            await where.send(contestant.webhook, body)
        await where.all_accepted(list(warm))
        sent: dict[str, float] = {}
        began = monotonic()
        async with asyncio.TaskGroup() as group:
            for number, (code, body) in enumerate(new_orders(RATE * SECONDS).items()):
                await asyncio.sleep(max(0, began + number / RATE - monotonic()))
                sent[code] = monotonic()
                group.create_task(where.send(contestant.webhook, body))
        await where.all_accepted(list(sent))
        return [(where.accepted[code] - at) * 1_000 for code, at in sent.items()]


async def _memory(history: int) -> float:
    """MB that are the process's own, after 200 orders, in a shop with so many before them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if history:
            async with market() as where, _on_sqlite()(where, folder) as contestant:
                code = await _one_finished(where, contestant)
            multiply(folder / "merchant.db", code, history)
        async with market() as where, _on_sqlite()(where, folder) as contestant:
            events = new_orders(200)
            for body in events.values():
                await where.send(contestant.webhook, body)
            await where.all_accepted(list(events))
            return psutil.Process(contestant.pid).memory_full_info().uss / 1e6


async def _one_finished(where: Market, contestant: Contestant) -> str:
    """An order that was accepted and delivered, and what it leaves behind."""
    code, now = "template-order", datetime.now(UTC)
    placed = order(code, line(UID, 1))
    await where.send(contestant.webhook, event(placed, now, "new_order"))
    await where.all_accepted([code])
    for second, state in enumerate(("accepted", "dispatched", "delivered"), start=1):
        later = event(without_options(placed, state), now + timedelta(seconds=second))
        await where.send(contestant.webhook, later)
    await asyncio.sleep(2)
    return code


def _deciding() -> tuple[float, float]:
    """Of one order over and over, a second of processor time: decisions, the script's checks."""
    body = next(iter(new_orders(1).values()))
    read = parse_event(body).order
    stock = {Sku(UID): Shelf({"": 10**9})}
    now, policy = datetime.now(UTC), Policy()
    document: dict[str, object] = order("a", *(line(UID, 1, line_id=f"l{n}") for n in range(3)))
    shelf = {UID: 10**9}

    def rate(call: Callable[[], object]) -> float:
        began = process_time()
        for _ in range(DECISIONS):
            call()
        return DECISIONS / (process_time() - began)

    return (
        max(rate(lambda: decide(read, stock, now, policy)) for _ in range(ROUNDS)),
        max(rate(lambda: in_stock(document, shelf)) for _ in range(ROUNDS)),
    )


@asynccontextmanager
async def _between(running: Running) -> AsyncIterator[tuple[Market, Contestant]]:
    with tempfile.TemporaryDirectory() as name:
        async with market() as where, running(where, Path(name)) as contestant:
            yield where, contestant


def _on_sqlite() -> Running:
    return lambda where, folder: _ours(where, folder, str(folder / "merchant.db"))


def _on_postgres(admin_url: str) -> Running:
    @asynccontextmanager
    async def running(where: Market, folder: Path) -> AsyncIterator[Contestant]:
        async with fresh_database(admin_url) as url, _ours(where, folder, url) as contestant:
            yield contestant

    return running


@asynccontextmanager
async def _ours(where: Market, folder: Path, database: str) -> AsyncIterator[Contestant]:
    (folder / "stock.csv").write_text(_PLENTY, encoding="utf-8")
    port = free_port()
    settings = {
        "DATABASE": database,
        "PORT": str(port),
        "WEBHOOK_SECRET": SECRET,
        "API_URL": where.url,
        "API_TOKEN": TOKEN,
        "STOCK_CSV": str(folder / "stock.csv"),
        "PRINT_FOLDER": str(folder / "prints"),
        "DEVELOPMENT": "true",
    }
    environment = {f"SMARTCART_MERCHANT_{name}": value for name, value in settings.items()}
    url = f"http://127.0.0.1:{port}"
    program = Program("merchant", environment, url, folder / "merchant.log")
    await program.start()
    try:
        await program.ready(where.session)
        assert program.process is not None
        yield Contestant(f"{url}/webhook/{SECRET}", program.process.pid)
    finally:
        await program.stop()


@asynccontextmanager
async def _script(where: Market, folder: Path) -> AsyncIterator[Contestant]:
    stock, port = folder / "stock.csv", free_port()
    stock.write_text(_PLENTY, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from bench.autopilot.script import serve; serve()"),
        *(str(port), where.url, TOKEN, str(stock)),
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(20):
            while not await _listens(where, url):
                await asyncio.sleep(0.02)
        yield Contestant(f"{url}/webhook", process.pid)
    finally:
        process.terminate()
        await process.wait()


async def _listens(where: Market, url: str) -> bool:
    try:
        async with where.session.get(url):
            return True
    except ClientError:
        return False
