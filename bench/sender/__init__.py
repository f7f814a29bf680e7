"""Deliveries a second by the real sender, everything recorded, against a loop without durability.

A backlog of new orders' events of about 3 KB is committed first; then the programs of
`bench.sender.contestants` start and POST it to one sink (`bench.sender.sink`), taking turns over
several rounds. The rate is that of the last four fifths, as the sink saw them arrive, so that
starting up is not in it; the figures are medians. Afterwards every delivery of ours must be on
record. The peers are installed from their pins (`bench.sender.install`); they queue the same
bodies, keep them on disk, and try a failed one thrice more. Database, sender and sink share the
machine's cores. `python -m bench sender`
"""

import asyncio
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

from bench.sender.contestants import Contestant, bare, ours
from bench.sender.install import NotToBeHad
from bench.sender.load import Load, load
from bench.sender.peer_contestants import bullmq, celery, pg_boss
from bench.sender.sink import Sink, sink
from tests.support.postgres import running_postgres

Figure = dict[str, str | float]

_STUCK_SECONDS = 120


async def run(*, events: int = 3_000, rounds: int = 3) -> list[Figure]:
    """The figures, each beside its baseline."""
    async with AsyncExitStack() as stack:
        admin_url = stack.enter_context(running_postgres(durable=True))
        receiver = await stack.enter_async_context(sink())
        work = load(events, receiver.url)
        ours_and_bare = [bare(), ours(), ours(admin_url), ours(admin_url, senders=2)]
        peers = [celery(), bullmq(), pg_boss(admin_url)]
        rates = await _rates([*ours_and_bare, *peers], work, receiver, rounds)
    nothing_kept, sqlite, postgres, two = map(_had, rates[:4])
    return [
        _figure("sender deliveries, SQLite, one process", sqlite, nothing_kept, _BARE),
        _figure("sender deliveries, PostgreSQL, one process", postgres, nothing_kept, _BARE),
        _figure("sender deliveries, PostgreSQL, two processes", two, postgres, "one process"),
        _beside("SQLite", sqlite, "Celery on Redis, 8 processes", rates[4]),
        _beside("SQLite", sqlite, "BullMQ on Redis", rates[5]),
        _beside("PostgreSQL", postgres, "pg-boss on PostgreSQL", rates[6]),
    ]


_BARE = "an aiohttp loop that keeps nothing"

Rate = float | NotToBeHad


async def _rates(
    contestants: Sequence[Contestant], work: Load, receiver: Sink, rounds: int
) -> list[Rate]:
    """The median of each, which take turns at going first; of one not to be had, why."""
    rates: dict[int, list[float]] = {number: [] for number in range(len(contestants))}
    missing: dict[int, NotToBeHad] = {}
    turn = list(rates)
    for _ in range(rounds):
        for number in turn:
            if number in missing:
                continue
            try:
                rates[number].append(await _rate(contestants[number], work, receiver))
            except NotToBeHad as reason:
                missing[number] = reason
        turn.reverse()
    return [missing.get(number) or median(each) for number, each in rates.items()]


async def _rate(contestant: Contestant, work: Load, receiver: Sink) -> float:
    with tempfile.TemporaryDirectory() as folder:
        async with contestant(work, Path(folder)), asyncio.timeout(_STUCK_SECONDS):
            while await receiver.count() < len(work.orders):
                await asyncio.sleep(0.1)
    return steady_rate((await receiver.taken()).values())


def steady_rate(moments: Iterable[float]) -> float:
    """Arrivals a second over the last four fifths of `moments` (seconds)."""
    arrived = sorted(moments)
    began = len(arrived) // 5
    return (len(arrived) - 1 - began) / (arrived[-1] - arrived[began])


def _had(rate: Rate) -> float:
    if isinstance(rate, NotToBeHad):
        raise rate
    return rate


def _beside(database: str, value: float, peer: str, rate: Rate) -> Figure:
    """Ours beside a durable peer; one not to be had is a row that says so, with zeros."""
    if isinstance(rate, NotToBeHad):
        missing = _figure(f"sender deliveries, {database}", value, value, f"{peer}: {rate}")
        return {**missing, "baseline": 0, "ratio": 0}
    return _figure(f"sender deliveries, {database}, one process", value, rate, peer)


def _figure(name: str, value: float, baseline: float, baseline_name: str) -> Figure:
    return {
        "name": name,
        "value": round(value),
        "unit": "deliveries/s",
        "baseline": round(baseline),
        "baseline_name": baseline_name,
        "ratio": round(value / baseline, 2),
    }
