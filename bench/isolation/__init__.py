"""What ten hostile merchants cost the other 190: `python -m bench isolation`.

200 merchants are told of orders at a steady rate by `smartcart marketplace sender` on PostgreSQL.
Ten of them hang, crawl, reset, fail, never end, never accept, redirect for ever, are late or
answer something else than 200 (`bench.isolation.hostile`), with a backlog when the measuring
begins; in the baseline's rounds, which take turns with these, the ten answer as all others do.
Every tenth event of the others is refused once, so that their retries are seen as well. Retries
come after 6, 12 and 18 s, an answer is waited for 5 s, retries are looked for every 0.1 s.
Commit to POST is from the commit's return to the request at the sink, the median of the rounds;
what is claimed late is counted over all of them, its ratio is of the shares that were in time.
Database, sender, load and sinks share the machine's cores.
"""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from statistics import median, quantiles

from bench.isolation.hostile import hostile
from bench.isolation.scene import FULL, Seen, Size, play
from bench.sender.sink import sink
from tests.support.postgres import running_postgres

Figure = dict[str, str | float]

LATE_SECONDS = 0.25


async def run(*, size: Size = FULL, rounds: int = 5) -> list[Figure]:
    """The figures, each beside the same without the hostile ten."""
    beside, alone = list[Seen](), list[Seen]()
    async with AsyncExitStack() as stack:
        admin_url = stack.enter_context(running_postgres(durable=True))
        receiver = await stack.enter_async_context(sink())
        urls = await stack.enter_async_context(hostile())
        for _ in range(rounds):
            beside.append(await play(admin_url, receiver, urls, size))
            alone.append(await play(admin_url, receiver, (), size))
    return [
        _waits("p50", 50, beside, alone),
        _waits("p99", 99, beside, alone),
        _late("first requests", lambda seen: seen.late(size.retry_seconds)[0], beside, alone),
        _late("retries", lambda seen: seen.late(size.retry_seconds)[1], beside, alone),
    ]


def _waits(name: str, percent: int, beside: Sequence[Seen], alone: Sequence[Seen]) -> Figure:
    value, baseline = (
        median(quantiles(seen.waits.values(), n=100)[percent - 1] * 1_000 for seen in rounds)
        for rounds in (beside, alone)
    )
    return _figure(f"isolation commit to POST, {name}", "ms", value, baseline, baseline / value)


def _late(
    what: str,
    seconds: Callable[[Seen], list[float]],
    beside: Sequence[Seen],
    alone: Sequence[Seen],
) -> Figure:
    """How many were claimed late, of how many; the ratio is of the shares that were in time."""
    found = [late for seen in beside for late in seconds(seen)]
    without = [late for seen in alone for late in seconds(seen)]
    count, baseline = (sum(late > LATE_SECONDS for late in each) for each in (found, without))
    ratio = (1 - count / len(found)) / (1 - baseline / len(without))
    name = f"isolation {what} claimed over 250 ms late"
    return _figure(name, f"of {len(found):,}", count, baseline, ratio)


def _figure(name: str, unit: str, value: float, baseline: float, ratio: float) -> Figure:
    return {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "baseline": round(baseline, 2),
        "baseline_name": "the same with none hostile",
        "ratio": round(ratio, 2),
    }
