"""Processes of this program's own: started, watched, and stopped by nobody else."""

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from smartcart.demo.options import DemoError

_STARTS_WITHIN = 30.0
_STOPS_WITHIN = 15.0
_LOOK_EVERY = 0.05
_SHOWN_LINES = 6


class Status(StrEnum):
    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    DIED = "died"


@dataclass(slots=True)
class Program:
    """One of the two programs. `arguments` follow `python -m smartcart`."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    healthy: Callable[[], Awaitable[bool]]
    changed: Callable[[], None] = lambda: None
    """Called after every change of `status`."""
    status: Status = Status.STOPPED
    exit_code: int | None = None
    _process: asyncio.subprocess.Process | None = field(default=None, init=False)
    _watcher: asyncio.Task[None] | None = field(default=None, init=False)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def runs(self) -> bool:
        return self.status in (Status.STARTING, Status.RUNNING)

    async def start(self) -> None:
        """Start it and return when it is healthy; its output goes to the end of its log.

        Raises `DemoError` with the end of the log when it ends at once or never gets healthy.
        """
        if self.runs:
            return
        self._process = await self._spawn()
        self._become(Status.STARTING)
        self._watcher = asyncio.create_task(self._watch(self._process))
        await self._wait_until_healthy()
        self._become(Status.RUNNING)

    async def stop(self) -> None:
        """Have it finish what it does and end; killed when it does not within seconds."""
        if self._process is None or not self.runs:
            return
        self._become(Status.STOPPED)
        for end in (self._process.terminate, self._process.kill):
            if self._process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    end()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._process.wait(), _STOPS_WITHIN)

    def pull_the_plug(self) -> None:
        """Kill it as a power cut would."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def _spawn(self) -> asyncio.subprocess.Process:
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "smartcart",
                *self.arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                cwd=self.folder,
                # Ctrl-C is for us alone, who then stop the programs in order.
                start_new_session=True,
            )

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        self.exit_code = await process.wait()
        if self.runs:
            self._become(Status.DIED)

    async def _wait_until_healthy(self) -> None:
        try:
            async with asyncio.timeout(_STARTS_WITHIN):
                while not await self.healthy():
                    self._require_alive()
                    await asyncio.sleep(_LOOK_EVERY)
        except TimeoutError:
            await self.stop()
            raise DemoError(
                f"The {self.name} did not answer within {_STARTS_WITHIN:.0f} seconds.{self._tail()}"
            ) from None
        self._require_alive()

    def _require_alive(self) -> None:
        if self.status is not Status.STARTING:
            raise DemoError(f"The {self.name} ended with {self.exit_code}.{self._tail()}")

    def _tail(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_SHOWN_LINES:]
        return "\n  ".join([f" The end of {self.log}:", *lines])

    def _become(self, status: Status) -> None:
        self.status = status
        self.changed()
