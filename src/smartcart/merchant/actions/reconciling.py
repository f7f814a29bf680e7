"""Read at the marketplace what the webhook did not bring.

A marketplace of ours keeps a journal of the shop's events. What is missing here goes into the inbox
like an event that came by itself. Where there is nothing to go on from, the first time and when the
journal does not reach back far enough, the orders that may matter are read instead: the open ones,
and of those that have changed since, the ones that are known here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from smartcart.client import Gone, OrdersClient, Refused
from smartcart.contract import Order, OrderState
from smartcart.kit import journal
from smartcart.kit.clock import Clock, from_micros, micros, utc_now
from smartcart.kit.database import Conflict, Database, WriteSet
from smartcart.merchant.actions.reading import to_be_read
from smartcart.merchant.actions.receiving import receive_missed
from smartcart.merchant.storage import orders, reconciliation
from smartcart.merchant.storage.reconciliation import Reconciliation

_EVENTS_AT_ONCE = 100
_ORDERS_AT_ONCE = 100
_FROM_THE_FIRST = "first"
_OVERLAP = timedelta(minutes=15)
LEFT_ALONE = timedelta(days=1)
"""How long a marketplace is not asked again for what it does not have."""
UNKNOWN_CALL = frozenset({404, 405, 406, 415})
"""What one says to a call that it does not have."""


@dataclass(frozen=True, slots=True)
class Reconciling:
    """Reads the journal of the marketplace at `api_url` through `client`."""

    database: Database
    client: OrdersClient
    api_url: str
    clock: Clock = utc_now

    async def reconcile(self, calls: int) -> bool:
        """Go on from where the last time ended, with at most `calls` requests.

        Returns whether there was nothing more to read. A marketplace that has no journal is
        remembered, and left alone for a day. Raises `OrdersApiError`; nothing read is lost then.
        """
        known = await reconciliation.find(self.database, self.api_url)
        if known.quiet_until > self._now():
            return True
        for _ in range(calls):
            known, is_end = await self._step(known)
            if is_end:
                return True
        return False

    async def _step(self, known: Reconciliation) -> tuple[Reconciliation, bool]:
        """One request, and what follows from it; whether it was the last for now."""
        try:
            if not known.next:
                return await self._begin(known), False
            if known.listing:
                return await self._list(known), False
            return await self._read(known)
        except Gone:
            return await self._saved(replace(known, next="", listing="")), False
        except Refused as error:
            if error.status not in UNKNOWN_CALL:
                raise
            quiet = self._now() + LEFT_ALONE // timedelta(microseconds=1)
            return await self._saved(replace(known, quiet_until=quiet)), True

    async def _begin(self, known: Reconciliation) -> Reconciliation:
        """Where the journal ends comes first, so that nothing falls between it and the orders."""
        newest = await self.client.newest_event()
        return await self._saved(replace(known, next=newest, listing=_FROM_THE_FIRST))

    async def _list(self, known: Reconciliation) -> Reconciliation:
        since = _since(known)
        page = await self.client.orders(
            state=OrderState.OPEN if since is None else None,
            updated_after=since,
            cursor=None if known.listing == _FROM_THE_FIRST else known.listing,
            limit=_ORDERS_AT_ONCE,
        )
        for order in page.orders:
            if await self._matters(order):
                await self._have_read(order.code)
        return await self._saved(replace(known, listing=page.next if page.more else ""))

    async def _read(self, known: Reconciliation) -> tuple[Reconciliation, bool]:
        page = await self.client.events(after=known.next, limit=_EVENTS_AT_ONCE)
        missed = [await receive_missed(self.database, body) for body in page.bodies]
        reached_at = known.reached_at if page.more else self._now()
        after = replace(known, next=page.next, reached_at=reached_at)
        return await self._saved(after, missed=sum(missed)), not page.more

    async def _matters(self, order: Order) -> bool:
        known = await orders.find(self.database, order.code)
        return known is not None or order.state == OrderState.OPEN

    async def _have_read(self, code: str) -> None:
        while True:
            try:
                await self.database.commit(await to_be_read(self.database, code))
            except Conflict:
                continue  # somebody else wants it read
            return

    async def _saved(self, known: Reconciliation, *, missed: int = 0) -> Reconciliation:
        effects = [reconciliation.saved(self.api_url, known)]
        if missed:
            effects.append(journal.step("", self._now(), "reconciled", {"missed": missed}))
        await self.database.commit(WriteSet(effects=tuple(effects)))
        return known

    def _now(self) -> int:
        return micros(self.clock())


def _since(known: Reconciliation) -> datetime | None:
    """From when on changes of orders are looked for; None when no end was ever reached."""
    return from_micros(known.reached_at) - _OVERLAP if known.reached_at else None
