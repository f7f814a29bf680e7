"""The outbox with ten million attempts on record, beside itself with ten thousand.

Both engines are filled in bulk (`filling`) with what 90 days leave behind: three events an order,
200 merchants, one event in a hundred given up after four requests and two in a hundred delivered by
the second. Payloads are short, for they are not what is searched; all else is as the outbox writes
it. Then what an outbox is asked is asked of it by the program's own functions (`asking`), and new
events are delivered, by themselves and while retention removes old ones (`working`).
`python -m bench outbox_history`
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

from bench.outbox_history.asking import asked
from bench.outbox_history.filling import fill
from bench.outbox_history.sizes import sizes
from bench.outbox_history.working import worked
from tests.support.marketplace import opened, sqlite_url
from tests.support.postgres import fresh_database, running_postgres

Figure = dict[str, str | float]

FEW, MANY = 10_000, 10_000_000
_BYTES_AN_ATTEMPT = 700
"""Of disk while it runs, with room."""


async def run(few: int = FEW, many: int = 0) -> list[Figure]:
    """The figures, each beside that of the small record.

    `SMARTCART_BENCH_ATTEMPTS` makes the large one smaller. Raises `OSError` where the disk has no
    room for it.
    """
    large = many or int(os.environ.get("SMARTCART_BENCH_ATTEMPTS", MANY))
    figures: list[Figure] = []
    for engine in ("SQLite", "PostgreSQL"):
        baseline = await _measured(engine, few)
        found = await _measured(engine, large)
        figures += [
            _figure(engine, name, *found[name], baseline[name][0], few, large) for name in found
        ]
    return figures


async def _measured(engine: str, attempts: int) -> Mapping[str, tuple[float, str]]:
    """Values and units by what they are of."""
    with tempfile.TemporaryDirectory(prefix="smartcart-history-") as name:
        folder = Path(name)
        if shutil.disk_usage(folder).free < attempts * _BYTES_AN_ATTEMPT:
            raise OSError(f"{folder} has no room for {attempts:,} attempts")
        async with AsyncExitStack() as stack:
            url = sqlite_url(folder)
            if engine == "PostgreSQL":
                server = stack.enter_context(running_postgres(durable=True))
                url = await stack.enter_async_context(fresh_database(server))
            print(f"  {engine}: filling in {attempts:,} attempts …", flush=True)
            span = await fill(url, attempts)
            database = await stack.enter_async_context(opened(url))
            found = await sizes(database, url, attempts)
            print(f"  {engine}: asking …", flush=True)
            found |= await asked(database, span)
            print(f"  {engine}: delivering …", flush=True)
            found |= await worked(database, span)
            print(f"  {engine}: {found}", flush=True)
            return found


def _figure(
    engine: str, name: str, value: float, unit: str, baseline: float, few: int, large: int
) -> Figure:
    better = baseline / value if unit in ("ms", "bytes") else value / baseline
    return {
        "name": f"{name}, {engine}, {large:,} attempts",
        "value": round(value, 2),
        "unit": unit,
        "baseline": round(baseline, 2),
        "baseline_name": f"{few:,} attempts",
        "ratio": round(better, 2),
    }
