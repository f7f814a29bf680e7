"""Send a decision to the marketplace, so that it takes effect once and its end is known.

Whenever an earlier attempt may have been carried out, the order is read before the call is
repeated; what was read is applied like an event.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from smartcart.client import (
    BadRequest,
    Exchange,
    FetchedOrder,
    NotFound,
    OrdersApiError,
    OrdersClient,
    Refused,
    ToolOff,
    TooManyRequests,
    Unauthorized,
    Unprocessable,
)
from smartcart.contract import Order, OrderState
from smartcart.kit import journal
from smartcart.kit.clock import micros, utc_now
from smartcart.kit.database import Database, WriteSet
from smartcart.merchant.actions import work
from smartcart.merchant.actions.patience import Patience, detail, failed
from smartcart.merchant.actions.reading import Reading
from smartcart.merchant.domain.decisions import Accept, Reject
from smartcart.merchant.domain.order import FULFILLED, ShopOrder, Status
from smartcart.merchant.storage import orders
from smartcart.outbox import Claim, Delivered, Failed, Outcome

_MAY_PASS = (Unauthorized, ToolOff, TooManyRequests)
"""Refusals that are not about the order: a token being changed, a switch, too many calls."""


@dataclass(frozen=True, slots=True)
class Answering:
    """Handles the outbox's `answer` entries."""

    database: Database
    client: OrdersClient
    reading: Reading
    patience: Patience
    shadow: bool = False

    async def send(self, claim: Claim) -> Outcome:
        """Make the call, unless it is no longer wanted or was carried out before."""
        order = await orders.find(self.database, work.code_of(claim.key))
        if order is None or not order.awaits_answer(claim.seq):
            return _not_wanted(order, claim)
        if why_not := self._why_not(order, claim):
            return self._given_up(order, why_not)
        try:
            if claim.attempt > 1 and (outcome := await self._carried_out(claim, order)):
                return outcome
            return _confirmed(order, await self._call(order))
        except OrdersApiError as error:
            return await self._failed(claim, order, error)
        except ValueError as error:
            return self._given_up(order, str(error))

    def _why_not(self, order: ShopOrder, claim: Claim) -> str:
        """Why the answer must not be sent any more; empty when it may."""
        if self.shadow:
            return "in shadow mode nothing is sent"
        if order.expires_at is not None and order.expires_at <= claim.claimed_at:
            return "the time to answer is over"
        return ""

    async def _call(self, order: ShopOrder) -> Exchange:
        match order.decision:
            case Accept() as accept:
                return await self.client.accept(order.code, accept.request())
            case Reject() as reject:
                return await self.client.reject(order.code, reject.request())
        raise ValueError(f"{order.status} without a decision to send")

    async def _carried_out(self, claim: Claim, order: ShopOrder) -> Outcome | None:
        """What became of an earlier attempt; None when the order is still open."""
        fetched = await self.reading.get(order.code)
        if fetched.order.state == OrderState.OPEN:
            return None
        return await self._as_read(claim, order, fetched)

    async def _as_read(self, claim: Claim, order: ShopOrder, fetched: FetchedOrder) -> Outcome:
        """The end of the matter, by what the order says of itself."""
        applied = await self.reading.applied(order, fetched)
        if applied.order.is_answered:
            told = _read_back(claim, order, fetched.order)
            return Delivered(f"read back: {applied.order.state}", applied.write_set + told)
        told = _told(order, "moot", {"call": _verb(order), "state": applied.order.state})
        return Delivered(f"moot: the order is {applied.order.state}", applied.write_set + told)

    async def _failed(self, claim: Claim, order: ShopOrder, error: OrdersApiError) -> Outcome:
        if _is_final(error):
            try:
                return await self._refused(claim, order, error)
            except OrdersApiError as unread:
                error = unread
        now = await self.database.now()
        retry_at = self.patience.retry_at(claim, now, order.expires_at, error.retry_after)
        if retry_at is None:
            return self._given_up(order, str(error), failed(error))
        # The attempts tell the rest; the history would only say the same again.
        first = claim.attempt == 1
        facts = _failure_facts(order, error)
        also = _told(order, "send_failed", facts) if first else WriteSet()
        return Failed(failed(error), retry_at, also)

    async def _refused(self, claim: Claim, order: ShopOrder, error: OrdersApiError) -> Outcome:
        """The call will never be taken as it is: read the order, and settle what it says."""
        if isinstance(error, NotFound):
            return self._given_up(order, str(error), failed(error))
        fetched = await self.reading.get(order.code)
        if fetched.order.state != OrderState.OPEN:
            return await self._as_read(claim, order, fetched)
        before = replace(order, status=Status.NEEDS_ATTENTION)
        applied = await self.reading.applied(before, fetched)
        told = _told(order, "send_failed", _failure_facts(order, error) | {"final": True})
        return Failed(failed(error), None, applied.write_set + told)

    def _given_up(self, order: ShopOrder, why: str, met: str = "") -> Failed:
        """`met` is what the attempt is to tell beside the reason."""
        now = micros(utc_now())
        moved = orders.moved(order.code, order.status, Status.NEEDS_ATTENTION, now)
        told = _told(order, "send_failed", {"call": _verb(order), "why": why, "final": True})
        return Failed(met or why, None, WriteSet(effects=(moved,)) + told)


def _is_final(error: OrdersApiError) -> bool:
    """Whether the same call would be refused again, because of what it says."""
    if isinstance(error, Unprocessable | BadRequest | NotFound):
        return True
    # A refusal without a reason is a gateway's or a maintenance page's, and may pass.
    return isinstance(error, Refused) and bool(error.errors) and not isinstance(error, _MAY_PASS)


def _confirmed(order: ShopOrder, exchange: Exchange) -> Delivered:
    """No guard: an event that tells the same may have been applied while the call was made."""
    now = micros(utc_now())
    moved = orders.moved(order.code, order.status, FULFILLED[order.status], now)
    facts: journal.Facts = {
        "call": _verb(order),
        "status": exchange.status,
        "milliseconds": exchange.milliseconds,
    }
    return Delivered(detail(exchange), WriteSet(effects=(moved,)) + _told(order, "sent", facts))


def _read_back(claim: Claim, order: ShopOrder, document: Order) -> WriteSet:
    if _is_ours(claim, order, document):
        return _told(order, "sent", {"call": _verb(order), "status": None, "read_back": True})
    return _answered_elsewhere(order)


def _is_ours(claim: Claim, order: ShopOrder, document: Order) -> bool:
    """Whether an answer that was found there may be one that we gave before.

    None of ours was, before the first attempt at the first answer; and one with other parcels was
    not ours.
    """
    if claim.attempt == 1 and order.answers == 1:
        return False
    accept, told = order.decision, document.number_of_parcels
    return not isinstance(accept, Accept) or told in (None, accept.parcels)


def _answered_elsewhere(order: ShopOrder) -> WriteSet:
    """A person in the marketplace's pages, or another program with the shop's token."""
    return _told(order, "answered_elsewhere", {"call": _verb(order)})


def _not_wanted(order: ShopOrder | None, claim: Claim) -> Delivered:
    if order is None:
        return Delivered("moot: the order is not known")
    if order.is_answered:
        by_us = claim.attempt > 1 or order.answers > 1
        also = WriteSet() if by_us else _answered_elsewhere(order)
        return Delivered(f"the order is {order.state} already, as an event told", also)
    told = _told(order, "moot", {"call": _verb(order), "state": order.state})
    return Delivered(f"moot: the order is {order.state}", told)


def _failure_facts(order: ShopOrder, error: OrdersApiError) -> journal.Facts:
    return {"call": _verb(order), "status": error.status, "why": str(error)}


def _verb(order: ShopOrder) -> str:
    return "reject" if isinstance(order.decision, Reject) else "accept"


def _told(order: ShopOrder, what: str, facts: journal.Facts) -> WriteSet:
    return WriteSet(effects=(journal.step(order.code, micros(utc_now()), what, facts),))
