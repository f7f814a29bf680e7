"""Programs of the demo's own, as real processes."""

import asyncio
import sys
from pathlib import Path

import pytest

from smartcart.demo.leftovers import end_leftovers
from smartcart.demo.options import DemoError
from smartcart.demo.programs import Program, Status
from tests.support.halves import Playhouse, played


def _program(folder: Path, *arguments: str, is_healthy: bool = False) -> Program:
    async def healthy() -> bool:
        return is_healthy

    return Program("shop", arguments, {}, folder, folder / "shop.log", healthy)


async def test_a_program_that_ends_at_once_is_told_with_what_it_said(tmp_path: Path) -> None:
    program = _program(tmp_path, "marketplace", "run", "--port", "many")
    with pytest.raises(DemoError, match=r"(?s)The shop ended with 2\..*shop\.log.*--port"):
        await program.start()
    assert (program.status, program.exit_code) == (Status.DIED, 2)


async def test_a_program_whose_power_was_cut_has_died_and_can_be_started_again(
    tmp_path: Path,
) -> None:
    program = _program(tmp_path, "marketplace", "run", "--port", "0", is_healthy=True)
    seen: list[Status] = []
    program.changed = lambda: seen.append(program.status)
    await program.start()
    program.pull_the_plug()
    while program.runs:
        await asyncio.sleep(0.01)
    assert program.exit_code == -9
    await program.start()
    await program.stop()
    again = [Status.STARTING, Status.RUNNING]
    assert seen == [*again, Status.DIED, *again, Status.STOPPED]


async def test_a_process_that_only_has_the_number_of_one_left_behind_is_not_touched(
    tmp_path: Path,
) -> None:
    bystander = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import time; time.sleep(60)", "merchant", "run"
    )
    said: list[str] = []
    try:
        async with played(Playhouse()) as (_, shop):
            assert await shop.opens()
            await end_leftovers({"merchant": shop}, {"merchant": bystander.pid}, said.append)
            await end_leftovers({"merchant": shop}, {}, said.append)
        assert bystander.returncode is None
        assert said == []
    finally:
        bystander.kill()
        await bystander.wait()
