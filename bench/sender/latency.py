"""From just before an order's commit to the arrival of its event, at a given pace.

Each pace stands beside the slowest one; one above what a sender delivers measures the backlog,
which grows as long as the pace is kept. `python -m bench sender.latency`
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import quantiles

import msgspec

from bench.sender.contestants import start_senders
from bench.sender.sink import Sink, sink
from tests.support.marketplace import opened, sqlite_url
from tests.support.postgres import fresh_database, running_postgres

_STUCK_SECONDS = 60
_LINE_BYTES = 16 * 1024 * 1024


Figure = dict[str, str | float]

_PACES = (100, 500, 2_000)


async def run(*, seconds: float = 5) -> list[Figure]:
    """p50 and p99 at each pace, on both databases."""
    figures: list[Figure] = []
    with running_postgres(durable=True) as admin_url:
        async with sink() as receiver:
            for database, url in (("SQLite", ""), ("PostgreSQL", admin_url)):
                waits = [await milliseconds(receiver, pace, seconds, url) for pace in _PACES]
                for pace, wait in zip(_PACES, waits, strict=True):
                    name = f"sender commit to POST received, {database}, {pace:,}/s"
                    same = f"the same at {_PACES[0]}/s"
                    figures.append(figure(f"{name}, p50", wait[0], waits[0][0], same))
                    figures.append(figure(f"{name}, p99", wait[1], waits[0][1], same))
    return figures


def figure(name: str, value: float, baseline: float, baseline_name: str) -> Figure:
    """Of milliseconds."""
    return {
        "name": name,
        "value": round(value, 1),
        "unit": "ms",
        "baseline": round(baseline, 1),
        "baseline_name": baseline_name,
        "ratio": round(baseline / value, 2),
    }


async def milliseconds(
    receiver: Sink, rate: int, seconds: float, admin_url: str = "", senders: int = 1
) -> tuple[float, float]:
    """p50 and p99 of the last four fifths; on SQLite without `admin_url`.

    On PostgreSQL the orders are committed by one process and sent by others.
    """
    count = int(rate * seconds)
    async with sending(admin_url, senders) as url, asyncio.timeout(_STUCK_SECONDS):
        began = await paced(receiver, url, rate, count)
    arrived = await receiver.taken()
    waits = [(arrived[code] - began[code]) * 1000 for code in sorted(began, key=began.__getitem__)]
    cuts = quantiles(waits[count // 5 :], n=100)
    return cuts[49], cuts[98]


@asynccontextmanager
async def sending(admin_url: str, senders: int, watched: Sequence[int] = ()) -> AsyncIterator[str]:
    """A database's URL; if it is PostgreSQL's, so many senders are at work on it."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if not admin_url:
            yield sqlite_url(folder)
            return
        url = await stack.enter_async_context(fresh_database(admin_url))
        async with opened(url):
            pass  # makes the tables
        await start_senders(stack, url, folder, senders, watched)
        yield url


async def paced(receiver: Sink, url: str, rate: int, count: int) -> dict[str, float]:
    """Place `count` orders, and wait for all of them; the moments before their commits, by code."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.sender.paced", url, receiver.url, str(rate), str(count),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_LINE_BYTES,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        began = msgspec.json.decode(await process.stdout.readline(), type=dict[str, float])
        while await receiver.count() < count:
            await asyncio.sleep(0.1)
        return began
    finally:
        process.stdin.close()
        await process.wait()
