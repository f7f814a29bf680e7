"""A program's life: it runs its roles until it is told to stop, and stops within a deadline."""

import asyncio
import contextlib
import gc
import logging
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

_HANDLED: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGTERM)
if sys.platform == "win32":
    _HANDLED += (signal.SIGBREAK,)  # Ctrl-Break, which reaches other process groups too
_LONGEST_PAUSE = 30.0
# A busy loop keeps the thread that commits waiting for its turn; Python's 5 ms are five commits.
_SWITCH_SECONDS = 0.001
# Requests leave few cycles, and looking for them after every 700 objects is not free: raising this
# to 20,000 took a seventh off both programs' processor time, in two runs each on a noisy machine.
_COLLECT_AFTER = 50_000
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Role:
    """Work that goes on for as long as the program runs.

    `run` is given an event; once it is set, `run` finishes what it has begun and returns.
    """

    name: str
    run: Callable[[asyncio.Event], Awaitable[None]]


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a program's main coroutine, on uvloop where there is one, and return its result.

    Sets how often this process's threads take turns, and how often it looks for garbage.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.set_threshold(_COLLECT_AFTER, 50, 100)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(main)


async def run_until_stopped(
    roles: Sequence[Role],
    *,
    stop: asyncio.Event | None = None,
    deadline_seconds: float = 10.0,
    first_pause_seconds: float = 1.0,
) -> None:
    """Run `roles` side by side until SIGTERM, SIGINT or `stop`, then let them finish.

    A role that fails, or returns unasked, is logged and started again after a pause that doubles
    with every failure in a row, up to half a minute. After `deadline_seconds` roles still running
    are cancelled. Signals are handled in the main thread alone; further ones change nothing, since
    one press of Ctrl-C can arrive several times.
    """
    stop = stop or asyncio.Event()
    tasks = [
        asyncio.create_task(_keep_running(role, stop, first_pause_seconds), name=role.name)
        for role in roles
    ]
    try:
        with _signals_to(stop.set):
            await stop.wait()
            await _finish(tasks, deadline_seconds)
    finally:
        await _cancel(tasks)


async def _keep_running(role: Role, stop: asyncio.Event, first_pause: float) -> None:
    clock = asyncio.get_running_loop().time
    pause = first_pause
    while not stop.is_set():
        started = clock()
        failure = await _failure(role, stop)
        if clock() - started > _LONGEST_PAUSE:
            pause = first_pause
        if failure or not stop.is_set():
            logger.error(
                "role failed" if failure else "role ended unasked",
                exc_info=failure,
                extra={"role": role.name, "again_in_seconds": pause},
            )
        await wait(stop, pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


async def _failure(role: Role, stop: asyncio.Event) -> Exception | None:
    try:
        await role.run(stop)
    except Exception as failure:
        return failure
    return None


async def wait(stop: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until `stop` is set."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def _finish(tasks: Sequence[asyncio.Task[None]], deadline_seconds: float) -> None:
    if tasks:
        await asyncio.wait(tasks, timeout=deadline_seconds)
    for task in tasks:
        if not task.done():
            logger.warning("role did not finish in time", extra={"role": task.get_name()})


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.contextmanager
def _signals_to(act: Callable[[], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    with contextlib.ExitStack() as undo:
        for number in _HANDLED:
            try:
                loop.add_signal_handler(number, act)
                undo.callback(loop.remove_signal_handler, number)
            except NotImplementedError:  # Windows' loop has none, and is woken by Python's own
                before = signal.signal(number, lambda *_: loop.call_soon_threadsafe(act))
                undo.callback(signal.signal, number, before)
        yield


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - not there on Windows
    except ImportError:
        return None
    return uvloop.new_event_loop
