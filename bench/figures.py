"""A figure beside its baseline: how it is printed, and kept with what it was measured on."""

import os
import platform
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import asyncpg
import msgspec

from tests.support.postgres import NoPostgres, running_postgres

PACKAGES = (
    "aiohttp",
    "aiosqlite",
    "asyncpg",
    "fastapi",
    "msgspec",
    "pydantic",
    "reportlab",
    "smartcart",
    "sqlalchemy",
    "starlette",
    "uvicorn",
    "uvloop",
)


class Figure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One claim. A `ratio` above 1 says better than the baseline, by that factor."""

    name: str
    value: float
    unit: str
    baseline: float
    baseline_name: str
    ratio: float


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """What the figures were measured on."""

    at: datetime
    python: str
    system: str
    cpu_count: int
    sqlite: str
    postgres: str
    packages: Mapping[str, str]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the benchmarks, as it is kept in bench/out."""

    part: str
    seconds: float
    conditions: Conditions
    figures: Sequence[Figure]


async def conditions() -> Conditions:
    """Those of this machine, now; asks a PostgreSQL server for its version."""
    return Conditions(
        at=datetime.now(UTC),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        cpu_count=os.cpu_count() or 1,
        sqlite=sqlite3.sqlite_version,
        postgres=await _postgres_version(),
        packages={name: version(name) for name in PACKAGES},
    )


def table(figures: Sequence[Figure]) -> str:
    """The figures in columns: name, value and unit, baseline, ratio, the baseline's name."""
    rows = [
        (each.name, _number(each.value), each.unit, _number(each.baseline), f"{each.ratio:.2f}×")
        for each in figures
    ]
    rows.insert(0, ("", "", "", "baseline", "ratio"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    names = ["", *(f"against {each.baseline_name}" for each in figures)]
    return "\n".join(_line(row, widths, name) for row, name in zip(rows, names, strict=True))


def keep(report: Report, folder: Path) -> Path:
    """Write the report to `folder` as JSON, under its part's name; returns where."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{report.part}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    return path


async def _postgres_version() -> str:
    try:
        with running_postgres() as url:
            connection = await asyncpg.connect(url)
            try:
                return str(await connection.fetchval("show server_version"))
            finally:
                await connection.close()
    except NoPostgres:
        return "none"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:,.3g}"


def _line(row: Sequence[str], widths: Sequence[int], baseline_name: str) -> str:
    name, value, unit, baseline, ratio = row
    cells = (
        name.ljust(widths[0]),
        value.rjust(widths[1]),
        unit.ljust(widths[2]),
        baseline.rjust(widths[3]),
        ratio.rjust(widths[4]),
        baseline_name,
    )
    return "  ".join(cells).rstrip()
