"""To whom events go: merchants as they are when a request is about to be made, read together."""

import asyncio
from collections.abc import Mapping

from smartcart.kit.database import Database
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.storage import merchants

_Waiting = Mapping[str, asyncio.Future[Merchant | None]]


class Recipients:
    """Answers all who ask in one turn of the event loop with one query.

    Nothing is kept: each answer is read after its question is put. Where the webhook is switched
    off, or moved, that holds for all who ask from then on.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[str, asyncio.Future[Merchant | None]] = {}
        self._reading: set[asyncio.Task[None]] = set()

    async def find(self, merchant_id: str) -> Merchant | None:
        """The merchant, None if there is no such; raises what `Database.read` raises."""
        if not self._waiting:
            task = asyncio.create_task(self._read())
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)
        if (future := self._waiting.get(merchant_id)) is None:
            future = asyncio.get_running_loop().create_future()
            self._waiting[merchant_id] = future
        return await asyncio.shield(future)  # others may wait for it too

    async def _read(self) -> None:
        waiting, self._waiting = self._waiting, {}
        try:
            found = await merchants.find_all(self._database, list(waiting))
        except Exception as error:
            _refuse(waiting, error)
            return
        for merchant_id, future in waiting.items():
            future.set_result(found.get(merchant_id))


def _refuse(waiting: _Waiting, error: Exception) -> None:
    for future in waiting.values():
        future.set_exception(error)
