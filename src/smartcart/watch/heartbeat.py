"""How late the event loop is: whatever keeps it busy keeps every request and delivery waiting."""

import asyncio
from collections import deque
from collections.abc import Callable

_EVERY = 0.25
_REMEMBERED = 40  # ten seconds


def _ignored(_seconds: float) -> None: ...


class Heartbeat:
    """A timer that looks how late it is each time, four times a second.

    `observe` is told the seconds of every beat.
    """

    def __init__(self, observe: Callable[[float], None] = _ignored) -> None:
        self._observe = observe
        self._lags = deque[float](maxlen=_REMEMBERED)
        self._due: float | None = None

    async def run(self, stop: asyncio.Event) -> None:
        clock = asyncio.get_running_loop().time
        while not stop.is_set():
            self._due = clock() + _EVERY
            try:
                async with asyncio.timeout(_EVERY):
                    await stop.wait()
            except TimeoutError:
                self._beat(clock() - self._due)
        self._due = None

    def lag(self) -> float:
        """The worst of the last ten seconds and of the beat that is awaited, in seconds."""
        late = asyncio.get_running_loop().time() - self._due if self._due is not None else 0.0
        return max(late, *self._lags, 0.0)

    def _beat(self, lag: float) -> None:
        self._lags.append(lag)
        self._observe(lag)
