"""Steps told in the terminal, in the order of time, as they happen."""

import asyncio
import heapq
from datetime import datetime, timedelta

from smartcart.demo.card import Happening
from smartcart.demo.catalogue import names
from smartcart.demo.halves import Side, Step
from smartcart.demo.terminal import Say
from smartcart.demo.words import Words
from smartcart.kit.clock import utc_now
from smartcart.kit.i18n import load_languages

# Either feed may tell of a step this much later than the other does.
_SETTLED_AFTER = timedelta(milliseconds=400)
_LOOK_EVERY = 0.1
_NOT_TOLD = frozenset({"accepted", "closed"})


class Telling:
    """Tells every step of both sides from `since` on, by the time since its order was placed."""

    def __init__(self, say: Say, since: datetime) -> None:
        self._say = say
        self._since = since
        self._words = Words(load_languages("smartcart.demo", ("en",))["en"], names())
        self._placed: dict[str, datetime] = {}
        self._untold: list[tuple[datetime, str, Happening]] = []

    def take(self, side: Side, step: Step) -> None:
        echoes = side is Side.SHOP and step.what in _NOT_TOLD
        if step.key and step.at >= self._since and not echoes:
            heapq.heappush(self._untold, (step.at, step.id, Happening(step.at, side, step)))

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self.tell(utc_now() - _SETTLED_AFTER)
            await asyncio.sleep(_LOOK_EVERY)

    async def catch_up(self) -> None:
        """Return when everything that has happened by now was told."""
        await asyncio.sleep(_SETTLED_AFTER.total_seconds() + _LOOK_EVERY)

    def tell(self, until: datetime) -> None:
        """Tell what happened before `until` and was not told yet."""
        while self._untold and self._untold[0][0] <= until:
            _, _, (at, side, step) = heapq.heappop(self._untold)
            self._say(self._line(at, side, step))

    def _line(self, at: datetime, side: Side, step: Step) -> str:
        placed = self._placed.setdefault(step.key, at)
        milliseconds = round((at - placed).total_seconds() * 1000)
        phrase = self._words.tell(side, step)
        told = f"{phrase.text}: {phrase.detail}" if phrase.detail else phrase.text
        return f"{step.key:18} {milliseconds:>6} ms  {side:11}  {told}"
