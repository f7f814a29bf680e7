"""The role that forgets customers when their time is over, beside the work that goes on."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from smartcart.kit.database import DatabaseError
from smartcart.kit.loop import wait
from smartcart.merchant.actions.forgetting import Forgetting
from smartcart.merchant.domain.order import Source
from smartcart.merchant.storage import inbox, orders
from smartcart.merchant.storage.inbox import Passed
from smartcart.merchant.storage.orders import Place

log = logging.getLogger(__name__)

_MICROSECOND = timedelta(microseconds=1)
_AT_ONCE = 50
_PASSED_AT_ONCE = 500
_EVERY_SECONDS = 3600.0
_RESTS = 3
"""So many times as long as forgetting took, nothing is forgotten: the database has other work."""


@dataclass(slots=True)
class Forgetter:
    """Forgets all that is due at start, and then every hour.

    That is a finished order of which nothing was heard for `kept` (None: however long), and one
    whose customer somebody asked to be forgotten. Of events that belong to no order, those that
    came in so long ago. One that cannot be forgotten is left for the next hour.
    """

    forgetting: Forgetting
    kept: timedelta | None
    every_seconds: float = _EVERY_SECONDS
    _passed: Passed = field(default=Passed(), init=False)

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                count = await self.sweep(stop)
            except DatabaseError as error:
                log.warning("customers' data could not be removed, again in an hour: %s", error)
            else:
                log.info("removed the customers' data of %d orders", count)
            await wait(stop, self.every_seconds)

    async def sweep(self, stop: asyncio.Event) -> int:
        """Forget a little at a time until nothing is due or `stop`; how many orders."""
        database = self.forgetting.database
        count, code = 0, ""
        while not stop.is_set() and (codes := await orders.to_forget(database, code, _AT_ONCE)):
            count, code = count + await self._forget(codes, stop), codes[-1]
        if self.kept is None:
            return count
        before = await database.now() - self.kept // _MICROSECOND
        place = Place()
        while not stop.is_set() and (
            found := await orders.outlived(database, before, place, _AT_ONCE)
        ):
            count, place = count + await self._forget([one.code for one in found], stop), found[-1]
        await self._events(before, stop)
        if waiting := await orders.unfinished(database, before):
            log.warning("%d orders are that old and not finished: their data stays", waiting)
        return count

    async def _forget(self, codes: Sequence[str], stop: asyncio.Event) -> int:
        count = 0
        for code in codes:
            if stop.is_set():
                break
            began = asyncio.get_running_loop().time()
            try:
                count += await self.forgetting.forget(code)
            except OSError as error:
                log.warning("a printed voucher stays, and its customer's data: %s", error)
            await self._rest(began, stop)
        return count

    async def _events(self, before: int, stop: asyncio.Event) -> None:
        """Go on through what came in; the orders' own are forgotten with them."""
        database = self.forgetting.database
        while not stop.is_set():
            began = asyncio.get_running_loop().time()
            found = await inbox.passed(database, before, self._passed, _PASSED_AT_ONCE)
            for one in found:
                if one.orphaned:
                    await self.forgetting.forget_event(Source(one.key, one.seq))
            if not found:
                break
            self._passed = found[-1]
            await self._rest(began, stop)

    async def _rest(self, began: float, stop: asyncio.Event) -> None:
        await wait(stop, _RESTS * (asyncio.get_running_loop().time() - began))
