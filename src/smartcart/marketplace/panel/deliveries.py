"""The record of deliveries: every webhook request that was made, searched and paged."""

from datetime import datetime

from msgspec import Struct

from smartcart import outbox
from smartcart.contract import ATHENS
from smartcart.kit.clock import from_micros, micros
from smartcart.kit.database import Database
from smartcart.kit.queries import as_number
from smartcart.marketplace.actions.telling import WEBHOOKS
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from smartcart.marketplace.storage import may_be_kept
from smartcart.outbox import NEWEST, Attempt, Position, Search

_PREFIX = f"{WEBHOOKS}/"


class Delivery(Struct, frozen=True, kw_only=True):
    """One request for an event, the `event`-th of its order.

    `outcome` is one of `outbox.OUTCOMES`, `error` the class of failure, `address` the one it was
    connected to, `excerpt` the first KB of an answer that was not 200.
    """

    order: str
    merchant_id: str
    event: int
    request: int
    started_at: datetime
    milliseconds: float
    outcome: str
    detail: str
    status: int | None
    address: str | None
    error: str | None
    excerpt: str | None


class Page(Struct, frozen=True):
    deliveries: tuple[Delivery, ...]
    next: str | None


def wanted(*, order: str = "", merchant: str = "", outcome: str = "", since: str = "") -> Search:
    """What is searched for, from texts as people give them. Raises `Refused`, naming the field."""
    if outcome and outcome not in outbox.OUTCOMES:
        raise _refused("outcome", outcome, f"one of {', '.join(outbox.OUTCOMES)}")
    return Search(
        kind=WEBHOOKS,
        key=f"{_PREFIX}{order}" if order else "",
        lane=merchant,
        outcome=outcome,
        since=moment("since", since) if since else 0,
    )


async def page(database: Database, search: Search, before: str, limit: int) -> Page:
    """The newest of the deliveries searched for, and where the `next` page begins.

    `before` is the `next` of another page, or a moment, or empty for the newest. Raises `Refused`.
    """
    position = _position(before)
    if not may_be_kept(search.key, search.lane, position.key):
        return Page((), None)
    found = await outbox.search(database, search, position, limit)
    return Page(tuple(map(_delivery, found)), _next(found[-1]) if len(found) == limit else None)


def moment(field: str, text: str) -> int:
    """Microseconds; without an offset it is the time in Athens. Raises `Refused`."""
    try:
        given = datetime.fromisoformat(text)
        return micros(given if given.tzinfo else given.replace(tzinfo=ATHENS))
    except (ValueError, OverflowError):
        raise _refused(field, text, "a moment like 2026-03-12 or 2026-03-12T15:00") from None


def _position(before: str) -> Position:
    if not before:
        return NEWEST
    at, *place = before.split(".", 3)
    if len(place) == 3 and at.isdigit():
        seq, n, key = place
        return Position(as_number(at, 0), f"{_PREFIX}{key}", as_number(seq, 0), as_number(n, 0))
    return Position(moment("before", before))


def _next(last: Attempt) -> str:
    return f"{last.started_at}.{last.seq}.{last.n}.{last.key.removeprefix(_PREFIX)}"


def _delivery(attempt: Attempt) -> Delivery:
    return Delivery(
        order=attempt.key.removeprefix(_PREFIX),
        merchant_id=attempt.lane,
        event=attempt.seq,
        request=attempt.n,
        started_at=from_micros(attempt.started_at),
        milliseconds=attempt.duration,
        outcome=attempt.outcome,
        detail=attempt.detail,
        status=attempt.status,
        address=attempt.peer,
        error=attempt.error,
        excerpt=attempt.excerpt,
    )


def _refused(field: str, text: str, remedy: str) -> Refused:
    return Refused(RefusalCode.BODY, f"{field}: '{text}' is not {remedy}")
