"""When a line of the outbox is looked at again."""

import asyncio

from smartcart.outbox.entry import Candidate


class Turns:
    """For news at once, for slots that are free not before what was found is claimed.

    So what ends meanwhile shares one look and its claims one commit. Every `poll_seconds` at least.
    """

    def __init__(self, news: asyncio.Event, poll_seconds: float) -> None:
        self.claiming: dict[str, str] = {}
        """The keys of what was found and perhaps is not claimed yet, with their lanes."""
        self._wake = news
        self._poll_seconds = poll_seconds
        self._is_looking = False
        self._is_left = False

    def begin(self) -> None:
        """What is told from now on, this look may not see."""
        self._wake.clear()
        self._is_left, self._is_looking = False, True

    def end(self) -> None:
        self._is_looking = False
        self._wake_if_it_is_time()

    def again(self) -> None:
        """There is more, or a slot for what there was."""
        self._is_left = True
        self._wake_if_it_is_time()

    def claimed(self, candidate: Candidate) -> None:
        """It is, or it is not going to be."""
        self.claiming.pop(candidate.key, None)
        self._wake_if_it_is_time()

    def stop(self) -> None:
        self._wake.set()

    async def next(self, breath: float = 0) -> None:
        """Return when it is time to look, and not before `breath` seconds are over."""
        if breath:
            await asyncio.sleep(breath)
        try:
            async with asyncio.timeout(self._poll_seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _wake_if_it_is_time(self) -> None:
        if self._is_left and not self.claiming and not self._is_looking:
            self._wake.set()
