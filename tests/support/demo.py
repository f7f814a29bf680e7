"""`smartcart demo` as a process, as a visitor starts it."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from smartcart.demo.folder import Folder, State
from tests.support.ports import free_port

_STARTS_WITHIN = 60
_STOPS_WITHIN = 30
_OPEN = re.compile(r"Open +(http://127\.0\.0\.1:\d+)/")


@dataclass(slots=True)
class RunningDemo:
    """The process, where its page is, and what it said."""

    process: subprocess.Popen[bytes]
    folder: Folder
    terminal: Path
    url: str = ""

    @property
    def said(self) -> str:
        return self.terminal.read_text()

    @property
    def state(self) -> State:
        state = self.folder.load()
        assert state is not None
        return state

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ctrl-C, or another signal; returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(_STOPS_WITHIN)


@contextmanager
def running_demo(folder: Path, *options: str) -> Iterator[RunningDemo]:
    """A demo in `folder` whose page is up; ended, with both programs, in the end."""
    terminal = folder.with_name(f"{folder.name}-{time.monotonic_ns()}.txt")
    demo = RunningDemo(_started(folder, terminal, *options), Folder(folder), terminal)
    try:
        demo.url = _until_open(demo)
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.stop(signal.SIGTERM)


def tried(folder: Path, *options: str) -> tuple[int, str]:
    """The exit code of a demo that ends by itself, and what it said."""
    ended = subprocess.run(
        [sys.executable, "-m", "smartcart", "demo", "--folder", str(folder), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
        check=False,
    )
    return ended.returncode, ended.stdout.decode()


def free_ports() -> tuple[str, ...]:
    """Options that give both programs ports of their own."""
    marketplace, merchant = str(free_port()), str(free_port())
    return "--port", "0", "--marketplace-port", marketplace, "--merchant-port", merchant


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that ended and was not collected by its parent does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def are_gone(pids: Iterable[int], within: float = 30) -> bool:
    """Whether all of them end within so many seconds; a program finishes what it has begun."""
    deadline = time.monotonic() + within
    while any(map(is_alive, pids)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _started(folder: Path, terminal: Path, *options: str) -> subprocess.Popen[bytes]:
    with terminal.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "smartcart", "demo", "--folder", str(folder), *options],
            stdout=out,
            stderr=subprocess.STDOUT,
        )


def _until_open(demo: RunningDemo) -> str:
    for _ in range(_STARTS_WITHIN * 20):
        if found := _OPEN.search(demo.said):
            return found[1]
        assert demo.process.poll() is None, demo.said
        time.sleep(0.05)
    raise AssertionError(f"the page did not open:\n{demo.said}")
