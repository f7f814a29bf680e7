"""The whole loop: placed, told, accepted, voucher drawn, told, fetched, printed.

Both programs run as processes of their own on SQLite, the carts come over HTTP. The baseline is
`bench.bare_loop`, which does the same with nothing kept. `python -m bench.loop`
"""

import asyncio
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from time import monotonic

from aiohttp import ClientSession

from tests.support.ports import free_port
from tests.support.programs import running_pair

ORDERS = 1_200
PLACERS = 24
RATE = 20
SECONDS = 20
ROUNDS = 3
_STUCK_SECONDS = 120

Figure = dict[str, str | float]


@dataclass(frozen=True, slots=True)
class Contestant:
    """A loop that runs: place one order, where its prints go, milliseconds to accepted so far."""

    place: Callable[[], Awaitable[object]]
    prints: Path
    waits: Callable[[], Awaitable[list[float]]]


async def run() -> list[Figure]:
    """The figures, each beside its baseline."""
    ours, bare = [], []
    for _ in range(ROUNDS):
        async with _ours() as contestant:
            ours.append(await _throughput(contestant))
        async with _bare() as contestant:
            bare.append(await _throughput(contestant))
    async with _ours() as contestant:
        waits = await _steady(contestant)
    async with _bare() as contestant:
        bare_waits = await _steady(contestant)
    return [
        _figure("loop throughput", median(ours), "orders/s", median(bare)),
        *(
            _figure(
                f"loop placed to accepted p{percent} at {RATE}/s",
                quantiles(waits, n=100)[percent - 1],
                "ms",
                quantiles(bare_waits, n=100)[percent - 1],
            )
            for percent in (50, 99)
        ),
    ]


async def _throughput(contestant: Contestant) -> float:
    """Orders a second, from the first placed to the last printed."""
    started = monotonic()
    left = iter(range(ORDERS))

    async def place_some() -> None:
        for _ in left:
            await contestant.place()

    await asyncio.gather(*(place_some() for _ in range(PLACERS)))
    await _all_printed(contestant, ORDERS)
    return ORDERS / (monotonic() - started)


async def _steady(contestant: Contestant) -> list[float]:
    """Milliseconds from placed to accepted at a steady rate."""
    started = monotonic()
    placing = []
    for number in range(RATE * SECONDS):
        await asyncio.sleep(max(0, started + number / RATE - monotonic()))
        placing.append(asyncio.ensure_future(contestant.place()))
    await asyncio.gather(*placing)
    await _all_printed(contestant, RATE * SECONDS)
    return await contestant.waits()


async def _all_printed(contestant: Contestant, count: int) -> None:
    async with asyncio.timeout(_STUCK_SECONDS):
        while sum(1 for _ in contestant.prints.iterdir()) < count:
            await asyncio.sleep(0.05)


@asynccontextmanager
async def _ours() -> AsyncIterator[Contestant]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        databases = str(folder / "marketplace.db"), str(folder / "merchant.db")
        plenty = {"1001": 1_000_000}
        async with running_pair(folder, *databases, published=plenty, shelf=plenty) as pair:
            pair.prints.mkdir(exist_ok=True)

            async def waits() -> list[float]:
                return _waits(folder / "marketplace.db")

            yield Contestant(lambda: pair.place(**{"1001": 1}), pair.prints, waits)


def _waits(database: Path) -> list[float]:
    """From the marketplace's own journal."""
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute(
            """select a.at - p.at from journal p join journal a on a.key = p.key
               where p.what = 'placed' and a.what = 'accepted'"""
        )
        return [micros / 1_000 for (micros,) in rows]


@asynccontextmanager
async def _bare() -> AsyncIterator[Contestant]:
    async with AsyncExitStack() as stack:
        prints = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        session = await stack.enter_async_context(ClientSession())
        ports = free_port(), free_port()
        marketplace, merchant = (f"http://127.0.0.1:{port}" for port in ports)
        await _start(stack, "marketplace", ports[0], merchant, prints)
        await _start(stack, "merchant", ports[1], marketplace, prints)
        await _answering(session, marketplace, merchant)

        async def place() -> None:
            async with session.post(f"{marketplace}/place") as answer:
                await answer.read()

        async def waits() -> list[float]:
            async with session.get(f"{marketplace}/times") as answer:
                times = (await answer.json()).values()
            return [(accepted - placed) * 1_000 for placed, accepted in times]

        yield Contestant(place, prints, waits)


async def _start(stack: AsyncExitStack, half: str, port: int, peer: str, prints: Path) -> None:
    command = (sys.executable, "-m", "bench.bare_loop", half, str(port), peer, str(prints))
    process = await asyncio.create_subprocess_exec(*command)
    stack.push_async_callback(process.wait)
    stack.callback(process.terminate)


async def _answering(session: ClientSession, *urls: str) -> None:
    async with asyncio.timeout(30):
        for url in urls:
            while not await _answers(session, url):
                await asyncio.sleep(0.05)


async def _answers(session: ClientSession, url: str) -> bool:
    try:
        async with session.get(f"{url}/healthz") as answer:
            return answer.status == 200
    except OSError:
        return False


def _figure(name: str, value: float, unit: str, baseline: float) -> Figure:
    return {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "baseline": round(baseline, 1),
        "baseline_name": "the same loop with nothing kept",
        "ratio": round(value / baseline if unit == "orders/s" else baseline / value, 3),
    }


if __name__ == "__main__":
    for figure in asyncio.run(run()):
        print(figure)
