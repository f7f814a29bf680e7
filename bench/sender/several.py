"""What it costs that several senders share one PostgreSQL, as in `bench.sender.latency`.

From just before an order's commit to the arrival of its event at 500/s, beside one sender. All of
them share the machine's cores with the database, so more of them are no faster here; the question
is how little they are in each other's way. `python -m bench sender.several`
"""

from statistics import median

from bench.sender.latency import milliseconds
from bench.sender.sink import sink
from tests.support.postgres import running_postgres

Figure = dict[str, str | float]

_PACE = 500
_SENDERS = (1, 2, 4, 8)


async def run(*, seconds: float = 6, rounds: int = 3) -> list[Figure]:
    """p50 and p99 with each number of senders, medians of rounds that take turns."""
    waits: dict[int, list[tuple[float, float]]] = {senders: [] for senders in _SENDERS}
    with running_postgres(durable=True) as admin_url:
        async with sink() as receiver:
            for _ in range(rounds):
                for senders, found in waits.items():
                    found.append(await milliseconds(receiver, _PACE, seconds, admin_url, senders))
    return [
        _figure(
            f"sender commit to POST received, {senders} senders, {_PACE}/s, {name}",
            median(one[cut] for one in found),
            median(one[cut] for one in waits[1]),
        )
        for senders, found in waits.items()
        for cut, name in enumerate(("p50", "p99"))
    ]


def _figure(name: str, value: float, alone: float) -> Figure:
    return {
        "name": name,
        "value": round(value, 1),
        "unit": "ms",
        "baseline": round(alone, 1),
        "baseline_name": "one sender",
        "ratio": round(alone / value, 2),
    }
