"""Events that tell waiting tasks of a commit."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from weakref import WeakSet


class WakeUps:
    """The events waiting on each channel, forgotten when their owners drop them."""

    def __init__(self) -> None:
        self._events: defaultdict[str, WeakSet[asyncio.Event]] = defaultdict(WeakSet)

    def event(self, channel: str) -> asyncio.Event:
        event = asyncio.Event()
        self._events[channel].add(event)
        return event

    def wake_all(self) -> None:
        self.wake(tuple(self._events))

    def wake(self, channels: Iterable[str]) -> None:
        for channel in channels:
            for event in self._events.get(channel, ()):
                event.set()
