"""A chaos run from the first cart to the last look."""

import asyncio
import json
import os
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from tests.chaos.audit import Audit
from tests.chaos.blows import Blows, Recovery
from tests.chaos.placing import Placing
from tests.chaos.plan import Plan
from tests.chaos.world import World, parts_of, world
from tests.support.programs import MERCHANT_ID, Program

_SETTLE_SECONDS = 900
_QUIET_SECONDS = 3


@dataclass
class Report:
    """What was done and counted. `wrong` is empty when all is well."""

    engine: str
    plan: Plan
    seconds: float
    faults: Mapping[str, int]
    requests_failed: Mapping[str, str]
    recoveries: Sequence[Recovery]
    counts: Mapping[str, int]
    lost: int
    doubled: int
    out_of_order: int
    wrong: Sequence[str]
    server: str
    """Where PostgreSQL's files are, unless all is well."""

    def recovery(self) -> dict[str, list[float]]:
        """Seconds by part, the shortest first."""
        found: defaultdict[str, list[float]] = defaultdict(list)
        for one in self.recoveries:
            found[one.part].append(one.seconds)
        return {part: sorted(seconds) for part, seconds in sorted(found.items())}


async def run(folder: Path, engine: str, plan: Plan) -> Report:
    """Run the plan; the folder keeps logs, prints and, on SQLite, the databases."""
    began = monotonic()
    async with world(folder, engine, plan) as running:
        placing = Placing(running, plan)
        blows = Blows(running, placing)
        async with asyncio.TaskGroup() as group:
            group.create_task(placing.run())
            group.create_task(blows.deal(plan.schedule(parts_of(engine))))
        ended = _ended(running.apart.programs)
        await _settled(running)
        audit = Audit(running.market, running.shop, running.apart.pair.prints)
        await audit.run(placing.codes)
        audit.counts["carts placed again, their answer lost"] = placing.repeated
        audit.counts["most streams unfinished at once"] = placing.most_unfinished
        failed = {
            half: f"{sum(faults.made.values()):,} of {faults.requests:,}"
            for half, faults in running.faults.items()
        }
    wrong = [*ended, *audit.verdict()]
    if running.postgres and not wrong:
        shutil.rmtree(running.postgres.directory)
    return Report(
        engine=engine,
        plan=plan,
        seconds=round(monotonic() - began, 1),
        faults=Counter(f"{one.part}, {one.how}" for one in blows.recoveries),
        requests_failed=failed,
        recoveries=blows.recoveries,
        counts=audit.counts,
        lost=len(audit.lost),
        doubled=len(audit.doubled),
        out_of_order=len(audit.out_of_order),
        wrong=wrong,
        server=str(running.postgres.directory) if running.postgres else "",
    )


def _ended(programs: Sequence[Program]) -> list[str]:
    """Those that are no longer there, though nobody killed them after their last start."""
    return [
        f"{program.log.name}: ended by itself with {program.process.returncode}"
        for program in programs
        if program.process is not None and program.process.returncode is not None
    ]


async def _settled(running: World) -> None:
    """Return when nothing is left to be done; what was given up is sent again as operators do.

    The audit says what is wrong if that never comes.
    """
    deadline = monotonic() + _SETTLE_SECONDS
    while monotonic() < deadline:
        if await running.unfinished() == 0:
            await asyncio.sleep(_QUIET_SECONDS)
            if await running.unfinished() == 0 and not await _resent(running):
                return
        await asyncio.sleep(0.2)


async def _resent(running: World) -> int:
    """How many events the operator's command has sent again."""
    words = ("deliveries", "resend", "--merchant", MERCHANT_ID, "--json")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "smartcart", *words),
        env={**os.environ, **running.apart.pair.marketplace.environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return int(json.loads(out)["resent"])
