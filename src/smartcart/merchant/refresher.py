"""The role that keeps the stock as the shop's source tells it."""

import asyncio
import logging
from dataclasses import dataclass, field

from smartcart.kit import journal
from smartcart.kit.clock import micros, utc_now
from smartcart.kit.database import Database, DatabaseError, WriteSet
from smartcart.kit.loop import wait
from smartcart.merchant.actions import counting
from smartcart.merchant.stock import SourceUnreadable, StockSource

log = logging.getLogger(__name__)

_SHOWN = 20


@dataclass(slots=True)
class Refresher:
    """Looks at the source every `every_seconds`, and reads it when it has changed.

    It is read once it is the same at two looks: half a file, as it is being written, may be a whole
    one to look at, and say that there is less than there is.
    """

    database: Database
    source: StockSource
    every_seconds: float
    _trouble: str = field(default="", init=False)
    _looked: str = field(default="", init=False)

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if await self._is_quiet():
                await self.refresh()
            await wait(stop, self.every_seconds)

    async def refresh(self) -> None:
        """Take the source over. One that cannot be read changes nothing, and is told of once."""
        try:
            taken = await counting.take_over(self.database, self.source)
        except SourceUnreadable as error:
            await self._tell(str(error))
        except DatabaseError as error:
            log.warning("the stock waits for its database: %s", error)
        else:
            self._trouble = ""
            if taken is not None:
                _log(self.source.name, taken)

    async def _is_quiet(self) -> bool:
        before = self._looked
        try:
            self._looked = await asyncio.to_thread(self.source.fingerprint)
        except SourceUnreadable:
            return True  # for the refresh to tell
        return self._looked == before

    async def _tell(self, trouble: str) -> None:
        if trouble == self._trouble:
            return
        self._trouble = trouble
        log.error("the stock stays as it was: %s", trouble, extra={"source": self.source.name})
        facts: journal.Facts = {"source": self.source.name, "why": trouble}
        step = journal.step("", micros(utc_now()), "stock_unreadable", facts)
        await self.database.commit(WriteSet(effects=(step,)))


def _log(name: str, taken: counting.Taken) -> None:
    facts = {"source": name, "products": taken.products, "changed": taken.changed}
    log.info("stock taken over", extra=facts)
    for why in taken.left_out[:_SHOWN]:
        log.warning("left out of the stock: %s", why)
    if len(taken.left_out) > _SHOWN:
        log.warning("left out of the stock: %d more", len(taken.left_out) - _SHOWN)
