"""`GET /:code` and accept a second, against FastAPI with SQLAlchemy under the same rules.

Ours (`bench.ours`) and the peer (`bench.peer` says how it is tuned) are a process each, served by
the same code and without background work, over one and the same database. This process asks, over
64 kept connections; every accept is of an order of its own. Ours and the peer take turns over
several rounds; the figures are medians. `python -m bench.orders_api`
"""

import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import msgspec
from msgspec.structs import replace

from bench.http_load import Exchange, rate
from smartcart.contract import AcceptRequest, encode
from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database
from smartcart.kit.loop import run as run_program
from smartcart.marketplace.actions.telling import change
from smartcart.marketplace.domain.codes import order_code
from smartcart.marketplace.domain.lifecycle import Verb
from tests.support.market_server import ORDERS, VENDOR_TYPE
from tests.support.market_shop import SUCCESS
from tests.support.marketplace import (
    SHOP,
    a_line,
    a_merchant,
    add_merchant,
    an_order,
    opened,
    sqlite_url,
)
from tests.support.postgres import fresh_database, running_postgres

CONNECTIONS = 64
BASELINE = "FastAPI + SQLAlchemy, same rules"
_SHOWN = 500
_PLACED_AT_ONCE = 1_000
_ACCEPT = encode(AcceptRequest(pickup_location=SHOP.id, pickup_window=1))
_BYTES = 2_300
"""About the length of such an order's document."""

Figure = dict[str, str | float]


async def run(*, seconds: float = 1.2, rounds: int = 5, accepts: int = 1_500) -> list[Figure]:
    """The figures, each beside its baseline; the last tells how much more could have been asked.

    A turn lasts `seconds`, or less when `accepts` orders are accepted before that.
    """
    turns = Turns(seconds, rounds, accepts)
    with tempfile.TemporaryDirectory() as folder:
        figures = await _figures("SQLite", sqlite_url(Path(folder)), turns)
    with running_postgres(durable=True) as admin_url:
        async with fresh_database(admin_url) as url:
            figures += await _figures("PostgreSQL", url, turns)
    return [*figures, await _ceiling(turns, max(float(one["value"]) for one in figures))]


@dataclass(frozen=True, slots=True)
class Turns:
    """How long each program is asked, and how often; the first round only warms up."""

    seconds: float
    rounds: int
    accepts: int

    @property
    def most_accepts(self) -> int:
        return 2 * (self.rounds + 1) * self.accepts

    async def medians(
        self, ports: Sequence[int], exchanges: Callable[[], Iterator[Exchange]]
    ) -> list[float]:
        """Answers a second at each port, which take turns at going first."""
        rates: dict[int, list[float]] = {port: [] for port in ports}
        turn = list(ports)
        for number in range(self.rounds + 1):
            for port in turn:
                one = await rate(port, exchanges(), CONNECTIONS, self.seconds)
                if number:
                    rates[port].append(one)
            turn.reverse()
        return [statistics.median(rates[port]) for port in ports]


async def _figures(engine: str, url: str, turns: Turns) -> list[Figure]:
    async with opened(url) as database:
        token = await add_merchant(database)
        codes = await _placed(database, _SHOWN + turns.most_accepts)
    shown = cycle([_get(token, code) for code in codes[:_SHOWN]])
    to_accept = iter(codes[_SHOWN:])
    accepted = (_accept(token, code) for code in to_accept)
    async with (
        _served("bench.ours", url) as ours,
        _served("bench.peer", url) as peer,
    ):
        gets = await turns.medians((ours, peer), lambda: shown)
        posts = await turns.medians((ours, peer), lambda: islice(accepted, turns.accepts))
    async with opened(url) as database:
        await _check_accepted(database, turns.most_accepts - len(list(to_accept)))
    return [
        _figure(f"GET an order, {engine}", *gets),
        _figure(f"accept an order, {engine}", *posts),
    ]


async def _placed(database: Database, count: int) -> list[str]:
    """The codes of so many new orders of two lines."""
    now = utc_now()
    order, merchant = an_order(a_line(), a_line("line-2"), now=now), a_merchant()
    codes = [order_code(now.date(), number) for number in range(count)]
    for page in range(0, count, _PLACED_AT_ONCE):
        placed = (
            change(None, replace(order, code=code), merchant, now, Verb.PLACE)
            for code in codes[page : page + _PLACED_AT_ONCE]
        )
        await asyncio.gather(*map(database.commit, placed))
    return codes


def _get(token: str, code: str) -> Exchange:
    return Exchange(_request("GET", code, token), b'{"order":{"code":"%b",' % code.encode())


def _accept(token: str, code: str) -> Exchange:
    return Exchange(_request("POST", f"{code}/accept", token, _ACCEPT), SUCCESS)


def _request(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    lines = [
        f"{method} {ORDERS}/{path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {token}",
        f"Accept: {VENDOR_TYPE}",
    ]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class _Accepted(msgspec.Struct):
    orders: int
    vouchers: int
    steps: int


async def _check_accepted(database: Database, count: int) -> None:
    """What was answered is there, whole and once."""
    [found] = await database.read(
        _Accepted,
        """select (select count(*) from orders where state = 'accepted') as orders,
                  (select count(*) from entry where kind = 'voucher') as vouchers,
                  (select count(*) from journal where what = 'accepted') as steps""",
    )
    assert found == _Accepted(count, count, count), (found, count)


async def _ceiling(turns: Turns, fastest: float) -> Figure:
    """What the client can ask of a server that only answers."""
    exchange = Exchange(_request("GET", "code", "token"), b"")
    async with _served("bench.http_load", str(_BYTES)) as port:
        [most] = await turns.medians([port], lambda: cycle([exchange]))
    return {
        "name": "the client's ceiling, asking a server that only answers",
        "value": round(most),
        "unit": "requests/s",
        "baseline": round(fastest),
        "baseline_name": "the fastest of the above",
        "ratio": round(most / fastest, 2),
    }


@asynccontextmanager
async def _served(*module: str) -> AsyncIterator[int]:
    """The port of a program that runs as a process of its own, and prints it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *module, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        line = await process.stdout.readline()
        assert line, f"{module} did not start"
        yield int(line)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _figure(name: str, value: float, baseline: float) -> Figure:
    return {
        "name": name,
        "value": round(value),
        "unit": "requests/s",
        "baseline": round(baseline),
        "baseline_name": BASELINE,
        "ratio": round(value / baseline, 2),
    }


if __name__ == "__main__":
    print(json.dumps(run_program(run()), indent=2, ensure_ascii=False))
