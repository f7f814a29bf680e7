"""Events that tell waiting tasks of a commit."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from weakref import WeakKeyDictionary

Only = Callable[[str], bool]
"""Whether somebody who waits on a channel wants to hear of this one, which is it or lies below."""


def every(_channel: str) -> bool:
    return True


class WakeUps:
    """The events waiting on each channel, forgotten when their owners drop them.

    Channels are paths: who waits on `a/b` hears of `a/b/c` as well.
    """

    def __init__(self) -> None:
        self._events = defaultdict[str, WeakKeyDictionary[asyncio.Event, Only]](WeakKeyDictionary)

    def event(self, channel: str, only: Only = every) -> asyncio.Event:
        event = asyncio.Event()
        self._events[channel][event] = only
        return event

    def wake_all(self) -> None:
        for events in self._events.values():
            for event in events:
                event.set()

    def wake(self, channels: Iterable[str]) -> None:
        for channel in channels:
            for path in _upwards(channel):
                for event, only in self._events.get(path, {}).items():
                    if only(channel):
                        event.set()


def _upwards(channel: str) -> Iterator[str]:
    """The channel, and those that it lies below."""
    while channel:
        yield channel
        channel = channel.rpartition("/")[0]
