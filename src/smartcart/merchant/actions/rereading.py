"""Have orders that are not finished read again, since an event may never come."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from smartcart import outbox
from smartcart.kit.clock import Clock, micros, utc_now
from smartcart.kit.database import Conflict, Database
from smartcart.merchant.actions import work
from smartcart.merchant.actions.reading import to_be_read
from smartcart.merchant.storage import orders

_LOOKED_AT = 50
_TURNS = 4


@dataclass(slots=True)
class Rereading:
    """An order that is still to be answered is read when nothing was told of it for `open_after`.

    One that is accepted, and with the shop, when nothing was for `accepted_after`.
    """

    database: Database
    open_after: timedelta
    accepted_after: timedelta
    clock: Clock = utc_now
    _turn: int = field(default=-1, init=False)

    async def have_one_read(self) -> bool:
        """Have the most urgent order read that is due; False when none is.

        That is the one that expires first, and every fourth time one that is accepted: where the
        budget is too small for all, neither starves the other.
        """
        self._turn = (self._turn + 1) % _TURNS
        looks = [self._unanswered, self._at_the_shop]
        for look in reversed(looks) if self._turn == _TURNS - 1 else looks:
            for code in await look():
                if not await outbox.is_pending(self.database, work.reading(code, 1, 0).key):
                    return await self._have_read(code)
        return False

    async def _unanswered(self) -> list[str]:
        since = micros(self.clock() - self.open_after)
        return await orders.unanswered(self.database, since, _LOOKED_AT)

    async def _at_the_shop(self) -> list[str]:
        since = micros(self.clock() - self.accepted_after)
        return await orders.at_the_shop(self.database, since, _LOOKED_AT)

    async def _have_read(self, code: str) -> bool:
        with suppress(Conflict):  # somebody else wants it read as well
            await self.database.commit(await to_be_read(self.database, code))
        return True
