"""Read an order through the API and apply what it says, where events alone cannot tell."""

from dataclasses import dataclass

from smartcart import outbox
from smartcart.client import FetchedOrder, InvalidAnswer, NotFound, OrdersApiError, OrdersClient
from smartcart.kit import journal
from smartcart.kit.clock import Clock, micros, utc_now
from smartcart.kit.database import Database, WriteSet
from smartcart.merchant.actions import work
from smartcart.merchant.actions.applying import Applied, apply
from smartcart.merchant.actions.documents import read_document
from smartcart.merchant.actions.patience import Patience, detail, failed
from smartcart.merchant.domain.order import ShopOrder, Source, Told
from smartcart.merchant.domain.policy import Policy
from smartcart.merchant.storage import inbox, orders
from smartcart.outbox import Claim, Delivered, Failed, Outcome


@dataclass(frozen=True, slots=True)
class Reading:
    """Handles the outbox's `read` entries, and applies what others have read."""

    database: Database
    client: OrdersClient
    policy: Policy
    patience: Patience
    clock: Clock = utc_now

    async def read(self, claim: Claim) -> Outcome:
        """Read the order as it is now; that decides what its events left open."""
        code = work.code_of(claim.key)
        before = await orders.find(self.database, code)
        try:
            fetched = await self.get(code)
        except OrdersApiError as error:
            return await self._failed(claim, code, error)
        except ValueError as error:
            return Failed(str(error), None, _told(code, "read_failed", {"why": str(error)}))
        applied = await self.applied(before, fetched)
        told = WriteSet()
        if before is None or _is_news(before, applied.order):
            told = _told(code, "read", {"state": applied.order.state})
        return Delivered(detail(fetched.exchange), applied.write_set + told)

    async def get(self, code: str) -> FetchedOrder:
        """The order as it is now. Raises `OrdersApiError`, also for an answer about another one."""
        fetched = await self.client.get(code)
        if fetched.order.code != code:
            raise InvalidAnswer(f"this is order {fetched.order.code}", fetched.exchange)
        return fetched

    async def applied(self, before: ShopOrder | None, fetched: FetchedOrder) -> Applied:
        """What is so after a reading. It is kept whole, like an event."""
        document = read_document(fetched.raw) or fetched.order
        if before is not None and await inbox.body(self.database, before.newest) == fetched.raw:
            return await self._applied(before, Told(document, before.newest, read_at=self._now()))
        version = before.version + 1 if before else 1
        source = Source(work.readings_of(document.code), version)
        applied = await self._applied(before, Told(document, source, read_at=self._now()))
        kept = WriteSet(guards=(inbox.document(source, fetched.raw),))
        return Applied(applied.order, applied.write_set + kept)

    async def _applied(self, before: ShopOrder | None, told: Told) -> Applied:
        return await apply(self.database, before, told, self.policy, self.clock())

    def _now(self) -> int:
        return micros(self.clock())

    async def _failed(self, claim: Claim, code: str, error: OrdersApiError) -> Failed:
        now = await self.database.now()
        retry_at = None
        if not isinstance(error, NotFound):
            retry_at = self.patience.retry_at(claim, now, None, error.retry_after)
        facts: journal.Facts = {"status": error.status, "why": str(error)}
        told = WriteSet()
        if retry_at is None:
            asked = WriteSet(effects=(orders.touched(code, micros(utc_now())),))
            told = _told(code, "read_failed", facts) + asked
        return Failed(failed(error), retry_at, told)


def _is_news(before: ShopOrder, after: ShopOrder) -> bool:
    """Whether a reading told what no event had; others are in the record of attempts alone."""
    return (before.state, before.voucher, before.expires_at, before.status) != (
        after.state,
        after.voucher,
        after.expires_at,
        after.status,
    )


async def to_be_read(database: Database, code: str) -> WriteSet:
    """Have the order read. A conflict when somebody else just did."""
    now = micros(utc_now())
    number = await outbox.tail(database, work.reading(code, 1, now).key) + 1
    return outbox.enqueue(work.reading(code, number, now), now)


def _told(code: str, what: str, facts: journal.Facts) -> WriteSet:
    return WriteSet(effects=(journal.step(code, micros(utc_now()), what, facts),))
