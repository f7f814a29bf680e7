"""Programs that an earlier run left behind because it was killed."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from smartcart.demo.halves import Half
from smartcart.demo.terminal import Say

_LEAVES_WITHIN = 10.0
_LOOK_EVERY = 0.1


async def end_leftovers(halves: Mapping[str, Half], pids: Mapping[str, int], say: Say) -> None:
    """End them when they are surely this folder's own; touch no other process.

    They are when the program at the address opens to the folder's key, which nobody else knows,
    and the process that was started as that program is still such a program.
    """
    for name, half in halves.items():
        pid = pids.get(name)
        if pid is not None and await half.opens() and _is_program(pid, name):
            say(f"Ending the {name} that an earlier run left behind (process {pid})")
            os.kill(pid, signal.SIGTERM)
            await _until_gone(half)


def _is_program(pid: int, name: str) -> bool:
    words = _command_line(pid)
    return "smartcart" in words and words[-2:] == [name, "run"]


def _command_line(pid: int) -> list[str]:
    """The words a process was started with; none when there is no such process."""
    told = Path(f"/proc/{pid}/cmdline")
    if told.exists():
        return told.read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    ps = shutil.which("ps")
    if ps is None:
        return []
    listed = subprocess.run(  # noqa: S603 - our own number
        [ps, "-o", "command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return listed.stdout.split()


async def _until_gone(half: Half) -> None:
    for _ in range(round(_LEAVES_WITHIN / _LOOK_EVERY)):
        if not await half.healthy():
            return
        await asyncio.sleep(_LOOK_EVERY)
