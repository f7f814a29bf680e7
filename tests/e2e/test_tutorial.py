"""The tutorial is carried out as a newcomer would, command for command, in both languages."""

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.pages import Step, steps
from tests.support.ports import free_port

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "tutorial.md", DOCS / "el" / "tutorial.md"]
RUNS = ("smartcart marketplace run ", "smartcart merchant run")
LOOKS = ("smartcart merchant explain ", "smartcart orders list", "ls ")
"""Commands that look again and again, as a person does, until something has come about."""

# The tests' own: free ports, and a shop that looks at its stock more often than every 5 seconds.
HURRIED = {"SMARTCART_MERCHANT_STOCK_REFRESH_SECONDS": "0.2"}
_PATIENCE = 120


@dataclass
class Newcomer:
    """Somebody at a terminal, in a folder of their own."""

    folder: Path
    ports: Mapping[str, str]
    running: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def carry_out(self, step: Step) -> None:
        if step.commands.startswith(RUNS):
            await self._start(step)
            return
        deadline = time.monotonic() + _PATIENCE
        while not (step.told(output := await self._run(step))):
            again = step.commands.startswith(LOOKS) and time.monotonic() < deadline
            assert again, f"line {step.line} printed:\n{output}\nand not:\n{step.prints}"
            await asyncio.sleep(0.2)

    async def _run(self, step: Step) -> str:
        process = await self._begin(step)
        out, err = await process.communicate()
        looks = step.commands.startswith(LOOKS)
        assert looks or process.returncode == 0, f"line {step.line}:\n{out.decode()}{err.decode()}"
        return self._as_on_the_page(out.decode())

    async def _start(self, step: Step) -> None:
        process = await self._begin(step, prefix="exec ")
        self.running.append(process)
        assert process.stdout is not None
        async with asyncio.timeout(60):
            while b"Ctrl-C stops it" not in (line := await process.stdout.readline()):
                assert line, f"line {step.line} ended"

    async def _begin(self, step: Step, prefix: str = "") -> asyncio.subprocess.Process:
        clean = {name: value for name, value in os.environ.items() if "SMARTCART" not in name}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        script = prefix + self._here(step.commands)
        return await asyncio.create_subprocess_exec(
            "bash", "-euo", "pipefail", "-c", script, cwd=self.folder,
            env={**clean, **HURRIED, "PATH": path},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

    def _here(self, commands: str) -> str:
        """The page's commands with the ports that are free here, and shorter waits."""
        commands = commands.replace("127.0.0.1:8700", f"127.0.0.1:{self.ports['8700']}")
        commands = commands.replace("--port 8700", f"--port {self.ports['8700']}")
        listening = f"--stock stock.csv --port {self.ports['8800']}"
        commands = commands.replace("--stock stock.csv", listening)
        return commands.replace("sleep 12", "sleep 1.5")

    def _as_on_the_page(self, output: str) -> str:
        for ours, here in self.ports.items():
            output = output.replace(f"127.0.0.1:{here}", f"127.0.0.1:{ours}")
        return output


@asynccontextmanager
async def newcomer(folder: Path) -> AsyncIterator[Newcomer]:
    somebody = Newcomer(folder, {"8700": str(free_port()), "8800": str(free_port())})
    try:
        yield somebody
    finally:
        for process in reversed(somebody.running):
            process.send_signal(signal.SIGINT)
            async with asyncio.timeout(20):
                await process.communicate()


@pytest.mark.parametrize("page", PAGES, ids=["en", "el"])
async def test_the_tutorial_is_true(page: Path, tmp_path: Path) -> None:
    async with newcomer(tmp_path) as somebody:
        for step in steps(page):
            await somebody.carry_out(step)
        assert len(somebody.running) == len(RUNS)


def test_both_languages_have_the_same_commands() -> None:
    english, greek = (
        [re.sub(r"--language \w\w", "--language …", step.commands) for step in steps(page)]
        for page in PAGES
    )
    assert greek == english


def test_both_languages_show_an_output_at_the_same_places() -> None:
    english, greek = ([step.prints is None for step in steps(page)] for page in PAGES)
    assert greek == english


@pytest.mark.parametrize(
    ("prints", "output", "told"),
    [
        ("a … c", "a b c\n", True),
        ("a\n…\nd", "a\nb\nc\nd", True),
        ("a…", "b", False),
        ("3", "33", False),
        ("1.3", "1x3", False),
    ],
)
def test_what_counts_as_printed(prints: str, output: str, told: bool) -> None:
    assert Step(1, "true", prints).told(output) is told
