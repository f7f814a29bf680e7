"""The clock's part: open orders that nobody answered in time expire."""

import asyncio
import logging
from dataclasses import dataclass

from smartcart.kit.clock import from_micros
from smartcart.kit.database import Database, DatabaseError
from smartcart.marketplace.actions import operating
from smartcart.marketplace.domain.refusal import Refused
from smartcart.marketplace.storage import orders

log = logging.getLogger(__name__)

_LOOK_EVERY = 1.0
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Timer:
    """Several may run: whoever is second finds the order answered or expired already."""

    database: Database

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                found = await self.expire_due()
            except DatabaseError as error:
                log.warning("the timer waits for its database: %s", error)
                found = 0
            if found < _AT_ONCE:
                await _pause(stop)

    async def expire_due(self) -> int:
        """Expire what is due, at most a page of it; how many there were."""
        now = await self.database.now()
        due = await orders.expired(self.database, now, _AT_ONCE)
        for code in due:
            try:
                await operating.expire(self.database, code, lambda: from_micros(now))
            except Refused:
                log.info("%s was answered as it was about to expire", code)
        return len(due)


async def _pause(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_LOOK_EVERY):
            await stop.wait()
    except TimeoutError:
        pass
