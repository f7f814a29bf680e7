"""What it costs that several senders share one PostgreSQL, as in `bench.sender.latency`.

From just before an order's commit to the arrival of its event at 500/s, beside one sender. All of
them share the machine's cores with the database, so more of them are no faster here; the question
is how little they are in each other's way. What they claim in vain is counted in a run of its own,
as each of them tells at /metrics. `python -m bench sender.several`
"""

import re
from statistics import median

from aiohttp import ClientSession

from bench.sender.latency import Figure, figure, milliseconds, paced, sending
from bench.sender.sink import Sink, sink
from tests.support.ports import free_port
from tests.support.postgres import running_postgres

_PACE = 500
_SENDERS = (1, 2, 4, 8)
_CONFLICTS = re.compile(r'^smartcart_database_write_sets_total\{outcome="Conflict"\} (\S+)$', re.M)


async def run(*, seconds: float = 6, rounds: int = 3) -> list[Figure]:
    """p50 and p99 with each number of senders, medians of rounds that take turns."""
    waits: dict[int, list[tuple[float, float]]] = {senders: [] for senders in _SENDERS}
    with running_postgres(durable=True) as admin_url:
        async with sink() as receiver:
            for _ in range(rounds):
                for senders, found in waits.items():
                    found.append(await milliseconds(receiver, _PACE, seconds, admin_url, senders))
            count = int(_PACE * seconds)
            in_vain = [await _in_vain(receiver, count, admin_url, senders) for senders in waits]
    return [
        figure(
            f"sender commit to POST received, senders: {senders}, {_PACE}/s, {name}",
            median(one[cut] for one in found),
            median(one[cut] for one in waits[1]),
            "one sender",
        )
        for senders, found in waits.items()
        for cut, name in enumerate(("p50", "p99"))
    ] + [
        {
            "name": f"sender claims in vain, senders: {senders}, {_PACE}/s",
            "value": missed,
            "unit": f"of {count + missed:,}",
            "baseline": in_vain[0],
            "baseline_name": "one sender",
            "ratio": round(count / (count + missed), 2),
        }
        for senders, missed in zip(waits, in_vain, strict=True)
    ]


async def _in_vain(receiver: Sink, count: int, admin_url: str, senders: int) -> int:
    ports = [free_port() for _ in range(senders)]
    async with sending(admin_url, senders, ports) as url, ClientSession() as session:
        await paced(receiver, url, _PACE, count)
        await receiver.taken()
        return sum([await _conflicts(session, port) for port in ports])


async def _conflicts(session: ClientSession, port: int) -> int:
    async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        text = await answer.text()
    assert 'smartcart_database_write_sets_total{outcome="written"}' in text
    found = _CONFLICTS.search(text)
    return int(float(found[1])) if found else 0
