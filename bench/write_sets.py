"""Write sets a second, grouped, against one commit a call on the same engine.

Each write set is an order's: a guard on the order's version, and an entry of 3 KB. Ours and the
baseline take turns over several rounds; the figures are medians. `python -m bench.write_sets`
"""

import asyncio
import json
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import asyncpg

from smartcart.kit.database import Database, Migrations, Statement, WriteSet, open_database
from smartcart.kit.loop import run as run_program
from tests.support.postgres import fresh_database, running_postgres

SCHEMA = Migrations(component="bench", package="bench.schema")
PAYLOAD = "".join(chr(33 + n * n % 90) for n in range(3000))

_PLACE = Statement("insert into bench_order (code, version) values ($1, 0)", rank=1)
_ADVANCE = Statement(
    "update bench_order set version = version + 1 where code = $1 and version = $2", rank=1
)
_ENTER = Statement("insert into bench_entry (code, seq, payload) values ($1, $2, $3)", rank=2)

Commit = Callable[[str, int], Awaitable[None]]
"""Write what takes the order `code` from one version to the next."""

Figure = dict[str, str | float]


async def run(*, seconds: float = 0.6, rounds: int = 10) -> list[Figure]:
    """The figures, each beside its baseline."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        async with _sqlite(Path(folder, "bench.db")) as contest:
            figures += [one async for one in _figures("sqlite", contest, seconds, rounds)]
    with running_postgres(durable=True) as admin_url:
        async with fresh_database(admin_url) as url, _postgres(url) as contest:
            figures += [one async for one in _figures("postgres", contest, seconds, rounds)]
    return figures


@dataclass(frozen=True, slots=True)
class _Contest:
    """Two ways to commit the same on the same database."""

    ours: Commit
    baseline: Commit
    baseline_name: str
    place: Callable[[Sequence[str]], Awaitable[None]]


async def _figures(
    engine: str, contest: _Contest, seconds: float, rounds: int
) -> AsyncIterator[Figure]:
    for callers in (64, 1):
        ours, baseline = await _compare(contest, callers, seconds, rounds)
        yield {
            "name": f"write sets, {engine}, callers: {callers}",
            "value": round(ours),
            "unit": "sets/s",
            "baseline": round(baseline),
            "baseline_name": contest.baseline_name,
            "ratio": round(ours / baseline, 2),
        }


async def _compare(
    contest: _Contest, callers: int, seconds: float, rounds: int
) -> tuple[float, float]:
    """Medians of ours and the baseline, which take turns at going first."""
    rates: dict[Commit, list[float]] = {contest.ours: [], contest.baseline: []}
    turn = [contest.ours, contest.baseline]
    for number in range(rounds + 1):
        for commit in turn:
            codes = [f"{token_hex(4)}-{caller}" for caller in range(callers)]
            await contest.place(codes)
            rate = await _rate(commit, codes, seconds)
            if number:  # the first round only warms up
                rates[commit].append(rate)
        turn.reverse()
    return statistics.median(rates[contest.ours]), statistics.median(rates[contest.baseline])


async def _rate(commit: Commit, codes: Sequence[str], seconds: float) -> float:
    """Commits a second, by one caller for each code."""
    start = time.perf_counter()
    counts = await asyncio.gather(*(_call(commit, code, start + seconds) for code in codes))
    return sum(counts) / (time.perf_counter() - start)


async def _call(commit: Commit, code: str, deadline: float) -> int:
    version = 0
    while time.perf_counter() < deadline:
        await commit(code, version)
        version += 1
    return version


def _write_set(code: str, version: int) -> WriteSet:
    return WriteSet(
        guards=(_ADVANCE.guard(code, code, version),),
        effects=(_ENTER.effect(f"{code}-{version}", code, version, PAYLOAD),),
    )


def _grouped(database: Database) -> tuple[Commit, Callable[[Sequence[str]], Awaitable[None]]]:
    async def commit(code: str, version: int) -> None:
        await database.commit(_write_set(code, version))

    async def place(codes: Sequence[str]) -> None:
        await database.commit(WriteSet(effects=tuple(_PLACE.effect(code, code) for code in codes)))

    return commit, place


@asynccontextmanager
async def _sqlite(path: Path) -> AsyncIterator[_Contest]:
    """Against BEGIN, the same statements and COMMIT a call, by one thread with one connection."""
    database = await open_database(str(path), [SCHEMA])
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("pragma synchronous = full")
    advance, enter = (re.sub(r"\$(\d)", r"?\1", one.sql) for one in (_ADVANCE, _ENTER))

    def commit_now(code: str, version: int) -> None:
        connection.execute("begin immediate")
        assert connection.execute(advance, (code, version)).rowcount == 1
        connection.execute(enter, (code, version, PAYLOAD))
        connection.execute("commit")

    async def commit(code: str, version: int) -> None:
        await asyncio.get_running_loop().run_in_executor(thread, commit_now, code, version)

    with ThreadPoolExecutor(1) as thread, closing(connection):
        ours, place = _grouped(database)
        yield _Contest(ours, commit, "one COMMIT a call, same engine", place)
        await database.close()


@asynccontextmanager
async def _postgres(url: str) -> AsyncIterator[_Contest]:
    """Against BEGIN, the same statements and COMMIT a call, through a pool of 16 connections."""
    database = await open_database(url, [SCHEMA])

    async def commit(code: str, version: int) -> None:
        async with pool.acquire() as connection, connection.transaction():
            assert await connection.execute(_ADVANCE.sql, code, version) == "UPDATE 1"
            await connection.execute(_ENTER.sql, code, version, PAYLOAD)

    async with asyncpg.create_pool(url, min_size=16, max_size=16) as pool:
        ours, place = _grouped(database)
        yield _Contest(ours, commit, "BEGIN … COMMIT a call, asyncpg pool of 16", place)
        await database.close()


if __name__ == "__main__":
    print(json.dumps(run_program(run()), indent=2, ensure_ascii=False))
