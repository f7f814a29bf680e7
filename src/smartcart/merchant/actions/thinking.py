"""Think about what was received: judge the event, apply it, leave a reading to decide, or keep it.

These are handlers of the outbox's entries: what they commit is settled with the entry.
"""

from dataclasses import dataclass

from smartcart.contract import Order
from smartcart.kit import journal
from smartcart.kit.clock import Clock, micros, utc_now
from smartcart.kit.database import Database, WriteSet
from smartcart.merchant.actions import work
from smartcart.merchant.actions.applying import apply
from smartcart.merchant.actions.documents import read_document
from smartcart.merchant.actions.reading import to_be_read
from smartcart.merchant.domain.inbox import Known, Received, Verdict, credible, verdict
from smartcart.merchant.domain.order import ShopOrder, Source, Status, Told
from smartcart.merchant.domain.policy import Policy
from smartcart.merchant.storage import inbox, orders
from smartcart.outbox import Claim, Delivered, Outcome


@dataclass(frozen=True, slots=True)
class Thinking:
    database: Database
    policy: Policy
    clock: Clock = utc_now

    async def think(self, claim: Claim) -> Outcome:
        """Judge one event and do what its verdict asks for."""
        code = work.code_of(claim.key)
        kept, before = await inbox.with_order(self.database, Source(claim.key, claim.seq))
        if kept is None:
            return Delivered("the event is no longer kept")
        document = read_document(kept.body)
        time = credible(kept.event_time, claim.claimed_at)
        judged = _verdict(kept, time, document, before)
        also = WriteSet(effects=(inbox.judged(kept.source, judged),))
        if judged is Verdict.APPLY and document is not None:
            told = Told(document, kept.source, time)
            also += (await apply(self.database, before, told, self.policy, self.clock())).write_set
        else:
            also += _told(code, judged) + WriteSet(effects=(orders.told_again(code),))
        if judged is Verdict.UNDECIDABLE:
            also += await to_be_read(self.database, code)
        return Delivered(judged, also=also)

    async def reconsider(self, claim: Claim) -> Outcome:
        """Decide again about an order on hold: the stock says more than it did."""
        before = await orders.find(self.database, work.code_of(claim.key))
        if before is None or before.status is not Status.HELD:
            return Delivered("no longer on hold")
        body = await inbox.body(self.database, before.newest)
        document = read_document(body or b"")
        if document is None:
            return Delivered("its document is no longer kept")
        told = Told(document, before.newest)
        applied = await apply(self.database, before, told, self.policy, self.clock())
        return Delivered(applied.order.status, also=applied.write_set)


def _verdict(
    kept: inbox.Kept, time: int | None, document: Order | None, before: ShopOrder | None
) -> Verdict:
    received = Received(
        event_type=kept.event_type,
        event_time=time,
        seen=kept.seen,
        readable=document is not None,
    )
    return verdict(received, Known(before.event_time, before.read_at) if before else None)


def _told(code: str, judged: Verdict) -> WriteSet:
    what = "kept" if judged is Verdict.KEEP else str(judged)
    return WriteSet(effects=(journal.step(code, micros(utc_now()), what),))
