"""Events that were given up: listed, and sent again batch by batch."""

from datetime import datetime

import msgspec
from msgspec import Struct

from smartcart.kit.clock import from_micros
from smartcart.kit.database import Database
from smartcart.kit.queries import as_number
from smartcart.marketplace.actions import redelivering
from smartcart.marketplace.actions.telling import WEBHOOKS
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from smartcart.marketplace.panel.deliveries import moment
from smartcart.marketplace.storage import may_be_kept
from smartcart.outbox import Exhausted, Place, Span
from smartcart.outbox import exhausted as given_up

_PREFIX = f"{WEBHOOKS}/"
AT_ONCE = 500
_MOST = 10_000
"""So many are looked at for the count: it costs no more, however much there is."""


class Wanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which events, as people say it; `after` is the `next` of an earlier batch.

    `since` and `until` are when the events happened.
    """

    order: str = ""
    event: int = 0
    merchant: str = ""
    since: str = ""
    until: str = ""
    after: str = ""

    @property
    def span(self) -> Span:
        """Raises `Refused`, naming the field."""
        if self.event and not self.order:
            raise Refused(RefusalCode.BODY, "event: say of which order")
        if not may_be_kept(self.order, self.merchant):
            raise Refused(RefusalCode.BODY, "order, merchant: no name holds a NUL")
        return Span(
            kind=WEBHOOKS,
            key=f"{_PREFIX}{self.order}" if self.order else "",
            seq=self.event,
            lane=self.merchant,
            since=moment("since", self.since) if self.since else 0,
            until=moment("until", self.until) if self.until else 0,
        )

    @property
    def place(self) -> Place:
        """Raises `Refused` for an `after` that is no `next` of ours."""
        if not self.after:
            return Place()
        at, _, rest = self.after.partition(".")
        seq, _, code = rest.partition(".")
        if not code or not at.isdigit() or not may_be_kept(code):
            raise Refused(RefusalCode.BODY, f"after: '{self.after}' is not the next of a batch")
        return Place(as_number(at, 0), f"{_PREFIX}{code}", as_number(seq, 0))


class GivenUp(Struct, frozen=True, kw_only=True):
    """An event of which nobody has heard: `told_at` it happened, `given_up_at` its last request."""

    order: str
    event: int
    merchant_id: str
    told_at: datetime
    given_up_at: datetime
    detail: str


class Page(Struct, frozen=True):
    """A page may be empty and have a `next`: it was looked for long enough for one call.

    `count` is how many there are in all, on the first page alone; with `more`, so many or more.
    """

    exhausted: tuple[GivenUp, ...]
    next: str | None
    count: int | None = None
    more: bool = False


class Resent(Struct, frozen=True):
    """`skipped` are events of shops that are told nothing any more, and of demo orders.

    With a `next` there may be more, also when nothing of this batch was sent.
    """

    resent: int
    skipped: int
    next: str | None


def read(body: bytes) -> Wanted:
    """Raises `Refused` for what is not understood, and for everything without a limit."""
    try:
        wanted = msgspec.json.decode(body, type=Wanted)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(RefusalCode.BODY, f"The body is not what is expected: {error}") from None
    check_narrow(wanted)
    return wanted


def check_narrow(wanted: Wanted) -> None:
    """Raise `Refused` unless it is said which events: nobody means all there ever were."""
    if not (wanted.order or wanted.merchant or wanted.since):
        raise Refused(RefusalCode.BODY, "say which: give at least one of order, merchant, since")


async def page(database: Database, wanted: Wanted, limit: int) -> Page:
    """Those given up first first, the order in which they are sent again."""
    span = wanted.span
    found = await given_up.exhausted(database, span, wanted.place, limit)
    shown = tuple(map(_shown, found.entries))
    following = _text(found.reached) if found.reached else None
    if wanted.after:
        return Page(shown, following)
    count = await given_up.count(database, span, _MOST)
    return Page(shown, following, count.entries, more=not count.is_all)


async def resend(database: Database, wanted: Wanted, limit: int = AT_ONCE) -> Resent:
    """Send the next batch again; go on with its `next` as `after` until that is None."""
    batch = await redelivering.redeliver(database, wanted.span, wanted.place, limit)
    return Resent(batch.resent, batch.skipped, _text(batch.reached) if batch.reached else None)


def _text(place: Place) -> str:
    return f"{place.at}.{place.seq}.{place.key.removeprefix(_PREFIX)}"


def _shown(one: Exhausted) -> GivenUp:
    return GivenUp(
        order=one.key.removeprefix(_PREFIX),
        event=one.seq,
        merchant_id=one.lane,
        told_at=from_micros(one.created_at),
        given_up_at=from_micros(one.at),
        detail=one.detail,
    )
