"""What the operator and the clock do to an order."""

from datetime import timedelta

from smartcart.contract import Return
from smartcart.contract.vocabulary import ReturnReason
from smartcart.kit.clock import Clock, utc_now
from smartcart.kit.database import Database
from smartcart.marketplace.actions import loading
from smartcart.marketplace.actions.changing import Act, carry_out
from smartcart.marketplace.domain import operations, readiness
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.domain.order import DeliveryNote, Order


async def operate(database: Database, code: str, act: Act, clock: Clock = utc_now) -> Order:
    """Carry `act` out on the order, whosoever it is. Raises `Refused`."""
    order = await loading.order(database, code)
    merchant = await loading.merchant(database, order.merchant_id)
    return await carry_out(database, merchant, order, act, clock)


def cancelling() -> Act:
    """The customer or support calls the order off."""
    return Act(Verb.CANCEL, lambda order, _now: operations.cancel(order))


def extending(by: timedelta) -> Act:
    """Give the merchant `by` more time."""
    return Act(Verb.EXTEND, lambda order, now: operations.extend(order, by, now))


def expiring(*, early: bool = False) -> Act:
    """End an order that was not answered in time, or `early`."""
    return Act(Verb.EXPIRE, lambda order, now: operations.expire(order, now, early=early))


def assigning(courier: str, last_mile: str) -> Act:
    """Have another courier take it; `last_mile` is the name of our own."""
    return Act(
        Verb.ASSIGN_COURIER,
        lambda order, _now: operations.assign_courier(order, courier, last_mile),
        lambda after: {"courier": after.courier},
    )


def rescheduling() -> Act:
    """The courier missed the pickup, or found nothing: he comes on the next working day."""
    return Act(Verb.RESCHEDULE, readiness.reschedule)


def rejecting_undispatched(reason: str) -> Act:
    """It was accepted and never handed over."""
    return Act(
        Verb.REJECT_UNDISPATCHED,
        lambda order, _now: operations.reject_undispatched(order, reason),
        lambda _after: {"reason": reason},
    )


def dispatching(note: DeliveryNote | None = None) -> Act:
    """It is on its way to the customer, with a delivery note where it is from our warehouse."""
    return Act(Verb.DISPATCH, lambda order, _now: operations.dispatch(order, note))


def delivering(*, partially: bool = False) -> Act:
    """The customer has it, or some of it."""
    if partially:
        return Act(Verb.DELIVER_PARTIALLY, lambda order, _now: operations.deliver_partially(order))
    return Act(Verb.DELIVER, lambda order, _now: operations.deliver(order))


def starting_return(announced: Return | None = None) -> Act:
    """The customer sends it back."""
    return Act(Verb.START_RETURN, lambda order, _now: operations.start_return(order, announced))


def taking_back(line_ids: tuple[str, ...], reason: ReturnReason) -> Act:
    """Lines came back to the merchant; all of them when none is named."""
    return Act(
        Verb.RETURN,
        lambda order, _now: operations.take_back(order, line_ids, reason),
        lambda after: {"state": after.state, "lines": ", ".join(line_ids), "reason": reason},
    )


def recording_serial_numbers(line_id: str, numbers: tuple[str, ...]) -> Act:
    """Which pieces of a line were handed over."""
    return Act(
        Verb.RECORD_SERIAL_NUMBERS,
        lambda order, _now: operations.record_serial_numbers(order, line_id, numbers),
        lambda _after: {"line": line_id, "serial_numbers": ", ".join(numbers)},
    )


async def cancel(database: Database, code: str, clock: Clock = utc_now) -> None:
    await operate(database, code, cancelling(), clock)


async def extend(database: Database, code: str, by: timedelta, clock: Clock = utc_now) -> None:
    await operate(database, code, extending(by), clock)


async def expire(database: Database, code: str, clock: Clock = utc_now) -> None:
    await operate(database, code, expiring(), clock)
