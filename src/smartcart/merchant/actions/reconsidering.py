"""Have orders on hold decided again: when the stock says more, and when their time runs out."""

from dataclasses import dataclass, field

from smartcart import outbox
from smartcart.kit.clock import Clock, micros, utc_now
from smartcart.kit.database import Conflict, Database
from smartcart.merchant.actions import work
from smartcart.merchant.domain.looking import next_look
from smartcart.merchant.domain.order import ShopOrder, Source
from smartcart.merchant.domain.policy import Policy
from smartcart.merchant.storage import orders

_AT_ONCE = 500
_MINUTE = 60_000_000


async def to_be_reconsidered(database: Database, code: str) -> None:
    """Leave it to whoever thinks about events, behind those of the order that came before."""
    key = work.events_of(code)
    while True:
        source = Source(key, await outbox.tail(database, key) + 1)
        now = micros(utc_now())
        try:
            await database.commit(outbox.enqueue(work.thinking(source, now, work.RECONSIDER), now))
        except Conflict:
            continue  # an event of the order was first
        return


@dataclass(slots=True)
class LastLook:
    """Finds orders on hold whose last resort has begun.

    An order is left to be decided once for each version it has, here: its decision makes a new
    one, and then there is no next look. A program that starts anew may leave it once more, which
    decides the same.
    """

    database: Database
    policy: Policy
    clock: Clock = utc_now
    _asked: dict[str, int] = field(default_factory=dict, init=False)

    async def look(self) -> int:
        """Have those decided again that are due; how many they were."""
        now = self.clock()
        present = micros(now)
        until = present + round(self.policy.last_resort.minutes_before_expiry * _MINUTE)
        near = await orders.expiring(self.database, present, until, _AT_ONCE)
        due = [order for order in near if next_look(order, self.policy, now) == present]
        self._asked = {order.code: self._asked.get(order.code, -1) for order in due}
        found = [order for order in due if self._asked[order.code] != order.version]
        for order in found:
            await self._ask(order)
        return len(found)

    async def _ask(self, order: ShopOrder) -> None:
        await to_be_reconsidered(self.database, order.code)
        self._asked[order.code] = order.version
