"""The role that has unfinished orders read again, no more often than its budget of calls allows."""

import asyncio
import logging
from dataclasses import dataclass

from smartcart.kit.database import DatabaseError
from smartcart.kit.loop import wait
from smartcart.merchant.actions.rereading import Rereading

log = logging.getLogger(__name__)

_MINUTE = 60.0
_NOTHING_DUE = 5.0


@dataclass(frozen=True, slots=True)
class Rereader:
    """Spreads `calls_per_minute` evenly, so that answers never wait behind a burst of readings."""

    rereading: Rereading
    calls_per_minute: int

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await wait(stop, self._pause(await self._one()))

    async def _one(self) -> bool:
        try:
            return self.calls_per_minute > 0 and await self.rereading.have_one_read()
        except DatabaseError as error:
            log.warning("reading again waits for its database: %s", error)
            return False

    def _pause(self, found: bool) -> float:
        if found:
            return _MINUTE / self.calls_per_minute
        return max(_NOTHING_DUE, _MINUTE / max(1, self.calls_per_minute))
