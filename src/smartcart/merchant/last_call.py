"""The role that has orders on hold decided again when their last resort begins."""

import asyncio
import logging
from dataclasses import dataclass

from smartcart.kit.database import DatabaseError
from smartcart.kit.loop import wait
from smartcart.merchant.actions.reconsidering import LastLook

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LastCall:
    last_look: LastLook
    every_seconds: float = 5

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.last_look.look()
            except DatabaseError as error:
                log.warning("the last resort waits for its database: %s", error)
            await wait(stop, self.every_seconds)
