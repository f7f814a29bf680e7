"""The merchant's answer to an order: accept it, or reject it."""

from smartcart import outbox
from smartcart.contract import AcceptRequest, RejectRequest
from smartcart.kit import journal
from smartcart.kit.clock import Clock, micros, utc_now
from smartcart.kit.database import Conflict, Database
from smartcart.marketplace.actions import loading
from smartcart.marketplace.actions.telling import change
from smartcart.marketplace.domain import answers
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.domain.refusal import RefusalCode, Refused

WORK = "work"


async def order_of(database: Database, merchant: Merchant, code: str) -> Order:
    """The merchant's order; somebody else's is refused exactly like an unknown one (§2)."""
    found = await loading.order(database, code)
    if found.merchant_id != merchant.id:
        raise Refused(RefusalCode.NOT_FOUND, "Order not found")
    return found


async def accept(
    database: Database,
    merchant: Merchant,
    code: str,
    request: AcceptRequest,
    clock: Clock = utc_now,
) -> None:
    """Accept, and have the voucher made."""
    while True:
        now = clock()
        before = await order_of(database, merchant, code)
        after = answers.accept(before, request, now)
        facts: journal.Facts = {
            "pickup_location": request.pickup_location,
            "pickup_window": request.pickup_window,
            "parcels": after.acceptance.parcels if after.acceptance else None,
        }
        told = change(before, after, merchant, now, "accepted", facts)
        try:
            await database.commit(told + outbox.enqueue(_work("voucher", after), micros(now)))
        except Conflict:
            continue
        return


async def reject(
    database: Database,
    merchant: Merchant,
    code: str,
    request: RejectRequest,
    clock: Clock = utc_now,
) -> None:
    """Reject, and have what is left of the order reprocessed."""
    while True:
        now = clock()
        before = await order_of(database, merchant, code)
        after = answers.reject(before, request, now)
        told = change(before, after, merchant, now, "rejected", _rejection_facts(after))
        try:
            await database.commit(told + outbox.enqueue(_work("reprocess", after), micros(now)))
        except Conflict:
            continue
        return


def _work(kind: str, order: Order) -> outbox.Entry:
    return outbox.Entry(
        key=f"{kind}/{order.code}",
        seq=1,
        queue=WORK,
        lane=order.merchant_id,
        kind=kind,
        payload=order.code,
        due=0,
    )


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
