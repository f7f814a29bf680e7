"""The server's clock, carried forward for a moment by this process's own."""

import time
from collections.abc import Awaitable, Callable

_GOOD_FOR = 1_000_000_000
"""Nanoseconds until the server is asked again."""


class ServerClock:
    """Asks `ask` for microseconds since the epoch, at most once a second."""

    def __init__(self, ask: Callable[[], Awaitable[int]]) -> None:
        self._ask = ask
        self._offset = 0
        self._asked_at: int | None = None

    async def now(self) -> int:
        if self._asked_at is None or time.monotonic_ns() - self._asked_at > _GOOD_FOR:
            await self._compare()
        return self._offset + time.monotonic_ns() // 1000

    async def _compare(self) -> None:
        """The server looked at its clock about half way between question and answer."""
        before = time.monotonic_ns()
        server = await self._ask()
        after = time.monotonic_ns()
        self._offset = server - (before + after) // 2000
        self._asked_at = after
