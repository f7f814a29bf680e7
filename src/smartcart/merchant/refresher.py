"""The role that keeps the stock as the shop's source tells it."""

import asyncio
import logging
from dataclasses import dataclass, field

from smartcart.kit.database import DatabaseError
from smartcart.kit.loop import wait
from smartcart.merchant.actions.counting import Counting, InDoubt, Taken
from smartcart.merchant.stock import Look, SourceUnreadable

log = logging.getLogger(__name__)

_SHOWN = 20


@dataclass(slots=True)
class Refresher:
    """Looks at the source every `every_seconds`, and reads it when it has changed.

    One that may be half written is read once it is the same at two looks: half a file, as it is
    being written, may be a whole one to look at, and say that there is less than there is. Any is
    in trouble when it cannot be found at two looks: a file may be about to be put in its place, and
    a request may fail once.
    """

    counting: Counting
    every_seconds: float
    _before: Look | SourceUnreadable | None = field(default=None, init=False)

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            found = await self.counting.glance()
            if self._is_settled(found):
                await self._take(found)
            self._before = found
            await wait(stop, self.every_seconds)

    async def refresh(self) -> None:
        """Take the source over as it is. One in doubt changes nothing, and is told of."""
        await self._take(await self.counting.glance())

    async def _take(self, glanced: Look | SourceUnreadable) -> None:
        source = self.counting.source.name
        try:
            found = await self.counting.take(glanced)
        except DatabaseError as error:
            log.warning("the stock waits for its database: %s", error)
            return
        if isinstance(found, InDoubt):
            extra = {"source": source, "doubt": found.doubt}
            log.error("the stock stays as it was, and orders wait: %s", found.why, extra=extra)
        elif found is not None:
            _log(source, found)

    def _is_settled(self, found: Look | SourceUnreadable) -> bool:
        if isinstance(found, SourceUnreadable):
            return isinstance(self._before, SourceUnreadable)
        return self.counting.source.comes_whole or found == self._before


def _log(name: str, taken: Taken) -> None:
    facts = {"source": name, "products": taken.products, "changed": taken.changed}
    log.info("stock taken over", extra=facts)
    for why in taken.left_out[:_SHOWN]:
        log.warning("left out of the stock: %s", why)
    if len(taken.left_out) > _SHOWN:
        log.warning("left out of the stock: %d more", len(taken.left_out) - _SHOWN)
