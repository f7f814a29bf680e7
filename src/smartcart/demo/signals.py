"""Ctrl-C and SIGTERM, while this program starts and while it cleans up."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator

_HANDLED = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def cancelled_by_signals() -> Iterator[None]:
    """The first signal cancels the current task."""
    task = asyncio.current_task()
    assert task is not None
    with _handled_by(lambda: None if task.cancelling() else task.cancel()):
        yield


@contextlib.contextmanager
def signals_ignored() -> Iterator[None]:
    """For work that must be finished, and that ends by itself within seconds."""
    with _handled_by(lambda: None):
        yield


@contextlib.contextmanager
def _handled_by(act: Callable[[], object]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    handled = []
    for number in _HANDLED:
        # Not in Windows' loops, and not outside the main thread.
        with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
            loop.add_signal_handler(number, act)
            handled.append(number)
    try:
        yield
    finally:
        for number in handled:
            loop.remove_signal_handler(number)
