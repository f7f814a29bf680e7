"""A rejected order is reprocessed: what is available becomes a new order."""

from dataclasses import dataclass

from smartcart.kit import journal
from smartcart.kit.clock import Clock, micros, utc_now
from smartcart.kit.database import Database, WriteSet
from smartcart.marketplace.actions import loading, minting
from smartcart.marketplace.actions.telling import change
from smartcart.marketplace.domain import reprocessing
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.domain.placement import Terms
from smartcart.outbox import Claim, Delivered, Outcome


@dataclass(frozen=True, slots=True)
class Reprocessing:
    """Handles the outbox's `reprocess` entries."""

    database: Database
    terms: Terms
    clock: Clock = utc_now

    async def reprocess(self, claim: Claim) -> Outcome:
        """Place the follow-up of the order whose code is the payload, if anything is available."""
        order = await loading.order(self.database, claim.payload)
        merchant = await loading.merchant(self.database, order.merchant_id)
        now = self.clock()
        ids = tuple(minting.identifier() for _ in order.lines)
        following = reprocessing.follow_up(order, ids, self.terms, now)
        if following is None:
            return Delivered("nothing of it is available")
        facts: journal.Facts = {"new_code": following.code}
        reissued = journal.step(order.code, micros(now), "reissued", facts)
        told = change(None, following, merchant, now, Verb.PLACE, {"reissue_of": order.code})
        return Delivered(following.code, also=told + WriteSet(effects=(reissued,)))
