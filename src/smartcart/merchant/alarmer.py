"""The role that looks for what somebody must be called for."""

import asyncio
import logging
from dataclasses import dataclass

from smartcart.kit.database import DatabaseError
from smartcart.kit.loop import wait
from smartcart.merchant.actions.alarming import Alarming

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Alarmer:
    alarming: Alarming
    every_seconds: float = 5

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.alarming.look()
            except DatabaseError as error:
                log.warning("alarms wait for their database: %s", error)
            await wait(stop, self.every_seconds)
