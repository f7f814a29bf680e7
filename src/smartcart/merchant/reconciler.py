"""The role that looks for what the webhook did not bring, and asks why."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from smartcart.client import OrdersApiError
from smartcart.kit.database import DatabaseError
from smartcart.kit.loop import wait
from smartcart.merchant.actions.asking import Asking
from smartcart.merchant.actions.reconciling import Reconciling

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Reconciler:
    """Reconciles at start and every `every_seconds`, with at most `calls` requests each time.

    Each time it also asks how the webhook fares, if it is given `asking`.
    """

    reconciling: Reconciling
    every_seconds: float
    calls: int
    asking: Asking | None = None
    _troubles: dict[str, str] = field(default_factory=dict, init=False)

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self._until(stop)
            await wait(stop, self.every_seconds)

    async def _until(self, stop: asyncio.Event) -> None:
        """Reconcile, and leave off when the program stops: a marketplace may be slow to answer."""
        work = asyncio.create_task(self._reconcile())
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        finally:
            work.cancel()
            stopped.cancel()
            await asyncio.gather(work, stopped, return_exceptions=True)

    async def _reconcile(self) -> None:
        await self._try("read the journal", lambda: self.reconciling.reconcile(self.calls))
        if self.asking is not None:
            await self._try("ask how the webhook fares", self.asking.ask)

    async def _try(self, what: str, work: Callable[[], Awaitable[object]]) -> None:
        """A marketplace that does not answer is told of once, until it does."""
        try:
            await work()
        except (OrdersApiError, DatabaseError) as error:
            if str(error) != self._troubles.get(what):
                log.warning("could not %s: %s", what, error)
            self._troubles[what] = str(error)
        else:
            self._troubles.pop(what, None)
