"""The merchant's answer to an order: accept it, or reject it."""

from datetime import datetime

from smartcart.contract import AcceptRequest, RejectRequest
from smartcart.kit import journal
from smartcart.kit.clock import Clock, utc_now
from smartcart.kit.database import Database, WriteSet
from smartcart.marketplace.actions import loading
from smartcart.marketplace.actions.changing import Act, carry_out, work
from smartcart.marketplace.domain import answers, shipping
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.domain.refusal import RefusalCode, Refused


async def order_of(database: Database, merchant: Merchant, code: str) -> Order:
    """The merchant's order; somebody else's is refused exactly like an unknown one (§2)."""
    found = await loading.order(database, code)
    if found.merchant_id != merchant.id:
        raise Refused(RefusalCode.NOT_FOUND, "Order not found")
    return found


def accepting(request: AcceptRequest) -> Act:
    """Accept, and have the voucher made."""
    return Act(
        Verb.ACCEPT,
        lambda order, now: answers.accept(order, request, now),
        acceptance_facts,
        voucher_work,
    )


def rejecting(request: RejectRequest) -> Act:
    """Reject, and have what is left of the order reprocessed."""
    return Act(
        Verb.REJECT,
        lambda order, now: answers.reject(order, request, now),
        _rejection_facts,
        lambda after, now: work("reprocess", after, now),
    )


async def accept(
    database: Database,
    merchant: Merchant,
    code: str,
    request: AcceptRequest,
    clock: Clock = utc_now,
) -> None:
    order = await order_of(database, merchant, code)
    await carry_out(database, merchant, order, accepting(request), clock)


async def reject(
    database: Database,
    merchant: Merchant,
    code: str,
    request: RejectRequest,
    clock: Clock = utc_now,
) -> None:
    order = await order_of(database, merchant, code)
    await carry_out(database, merchant, order, rejecting(request), clock)


def acceptance_facts(after: Order) -> journal.Facts:
    acceptance = after.acceptance
    if acceptance is None:
        return {}
    return {
        "pickup_location": acceptance.location.id,
        "pickup_window": acceptance.window.id if acceptance.window else None,
        "parcels": acceptance.parcels,
    }


def voucher_work(after: Order, now: datetime) -> WriteSet:
    """Only what our couriers carry gets a voucher."""
    return work("voucher", after, now) if shipping.wants_voucher(after) else WriteSet()


def _rejection_facts(order: Order) -> journal.Facts:
    if order.rejected_because is not None:
        return {"reason": order.rejected_because}
    return {
        "lines": [
            {
                "product": line.product_name,
                "quantity": line.quantity,
                "reason_id": line.rejection.reason_id,
                "available": line.rejection.available_quantity,
            }
            for line in order.lines
            if line.rejection is not None
        ]
    }
