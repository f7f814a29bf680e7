"""Measures what we claim: `python -m bench [part …]`, every part when none is named."""

import argparse
import asyncio
import importlib
import inspect
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

import msgspec
import uvloop

from bench.figures import Conditions, Figure, Report, conditions, keep, table

PARTS = (
    "write_sets",
    "contract",
    "orders_api",
    "voucher",
    "loop",
    "sender",
    "sender.latency",
    "sender.several",
    "isolation",
    "autopilot",
    "outbox_history",
)
"""Modules of this package, each with a `run()`, plain or async, that returns its figures."""

OUT = Path(__file__).parent / "out"


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"one of: {', '.join(PARTS)}")
    parts = parser.parse_args(arguments).parts or PARTS
    if unknown := sorted(set(parts) - set(PARTS)):
        parser.error(f"there is no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    where = asyncio.run(conditions())
    print(
        f"{where.python}, {where.system}, {where.cpu_count} cores, "
        f"SQLite {where.sqlite}, PostgreSQL {where.postgres}"
    )
    for part in parts:
        measure(part, where)


def measure(part: str, where: Conditions) -> None:
    """Run one part, print its figures and keep them."""
    print(f"\n{part}: measuring …", flush=True)
    began = monotonic()
    figures = msgspec.convert(_run(part), list[Figure])
    seconds = round(monotonic() - began, 1)
    report = Report(part=part, seconds=seconds, conditions=where, figures=figures)
    print(table(figures))
    print(f"{part}: {seconds:.0f} s, kept in {keep(report, OUT).relative_to(OUT.parents[1])}")


def _run(part: str) -> object:
    result = importlib.import_module(f"bench.{part}").run()
    return uvloop.run(result) if inspect.iscoroutine(result) else result


if __name__ == "__main__":
    main(sys.argv[1:])
