"""Calls that may hang, in threads that nobody waits for: not even the program's end."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


class Apart:
    """One call at a time, each in a thread of its own that ends with it.

    A call that hangs keeps the next ones waiting, and no others: it must not use up the threads
    that everybody shares.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._last: Future[Any] | None = None

    async def call(self, function: Callable[[], T], seconds: float) -> T:
        """What it returns or raises; `TimeoutError` when that, or its turn, does not come in time.

        It is then left alone, and goes on.
        """
        async with asyncio.timeout(seconds):
            if self._last is not None and not self._last.done():
                await asyncio.wait({asyncio.wrap_future(self._last)})
            called = self._last = self._begun(function)
            return await asyncio.wrap_future(called)

    def _begun(self, function: Callable[[], T]) -> "Future[T]":
        found: Future[T] = Future()
        found.set_running_or_notify_cancel()  # it cannot be cancelled, only left alone

        def run() -> None:
            try:
                found.set_result(function())
            except BaseException as error:
                found.set_exception(error)

        Thread(target=run, name=self._name, daemon=True).start()
        return found
