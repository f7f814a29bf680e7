"""Express orders are accepted by the marketplace itself (contract §3)."""

from dataclasses import dataclass

from smartcart.kit.clock import Clock, utc_now
from smartcart.kit.database import Database
from smartcart.marketplace.actions import loading
from smartcart.marketplace.actions.answering import acceptance_facts, voucher_work
from smartcart.marketplace.actions.telling import change
from smartcart.marketplace.domain import operations
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.domain.refusal import Refused
from smartcart.outbox import Claim, Delivered, Outcome


@dataclass(frozen=True, slots=True)
class Express:
    """Handles the outbox's `express` entries."""

    database: Database
    clock: Clock = utc_now

    async def accept(self, claim: Claim) -> Outcome:
        """Accept the order whose code is the payload, unless it was called off meanwhile."""
        order = await loading.order(self.database, claim.payload)
        merchant = await loading.merchant(self.database, order.merchant_id)
        now = self.clock()
        try:
            after = operations.accept_express(order, now)
        except Refused as refused:
            return Delivered(refused.message)
        facts = acceptance_facts(after)
        told = change(order, after, merchant, now, Verb.ACCEPT_EXPRESS, facts)
        return Delivered("accepted", also=told + voucher_work(after, now))
