"""One order as the page shows it: what both sides told of it, side by side."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from smartcart.contract import Order, OrderState
from smartcart.demo.halves import Side, Step

_STATES = {
    "placed": OrderState.OPEN,
    "accepted": OrderState.ACCEPTED,
    "rejected": OrderState.REJECTED,
    "cancelled": OrderState.CANCELLED,
    "expired": OrderState.EXPIRED,
}
# Each of these sends one event to the shop: the nth event tells of the nth of them.
_TOLD = frozenset({*_STATES, "voucher_issued", "marked_ready", "extended"})
_ANSWERS = frozenset({"accepted", "rejected"})


class Crossing(StrEnum):
    """What went over the wire with a row."""

    NOTHING = ""
    WEBHOOK = "webhook"
    CALL = "call"


class Happening(NamedTuple):
    at: datetime
    side: Side
    step: Step


@dataclass(slots=True)
class Row:
    """What happened on one side, or on both in one exchange. `number` counts the crossings."""

    at: datetime
    left: Step | None = None
    right: Step | None = None
    crossing: Crossing = Crossing.NOTHING
    number: int = 0
    told: str = ""
    """What a webhook event told of: the marketplace's step that caused it."""


class Mark(NamedTuple):
    """A milestone: when it was reached, None when it is still ahead."""

    name: str
    at: datetime | None


@dataclass(slots=True)
class Card:
    """Steps may come in any order, and again."""

    code: str
    document: Order | None = None
    happenings: list[Happening] = field(default_factory=list)
    """What is known to have happened, in the order of time."""
    _known: set[str] = field(default_factory=set)

    def add(self, side: Side, steps: Iterable[Step]) -> list[Step]:
        """Returns those of the steps that are new."""
        new = [step for step in steps if step.id not in self._known]
        self._known.update(step.id for step in new)
        self.happenings += (Happening(step.at, side, step) for step in new)
        self.happenings.sort(key=lambda each: each.at)
        return new

    @property
    def placed_at(self) -> datetime | None:
        step = self._first(Side.MARKETPLACE, "placed")
        return step.at if step else None

    @property
    def state(self) -> OrderState:
        states = [
            _STATES[each.step.what]
            for each in self.happenings
            if each.side is Side.MARKETPLACE and each.step.what in _STATES
        ]
        return states[-1] if states else OrderState.OPEN

    @property
    def expires_at(self) -> datetime | None:
        return self.document.expires_at if self.document else None

    @property
    def held(self) -> Step | None:
        """Why the shop waits for a person, while it does."""
        if self.state is not OrderState.OPEN:
            return None
        decisions = [
            each.step
            for each in self.happenings
            if each.step.what in ("held", "decided_accept", "decided_reject")
        ]
        return decisions[-1] if decisions and decisions[-1].what == "held" else None

    @property
    def reissue_of(self) -> str:
        step = self._first(Side.MARKETPLACE, "placed")
        return str(step.facts.get("reissue_of") or "") if step else ""

    @property
    def reissued_as(self) -> str:
        step = self._first(Side.MARKETPLACE, "reissued")
        return str(step.facts.get("new_code") or "") if step else ""

    @property
    def printed(self) -> Step | None:
        return self._first(Side.SHOP, "voucher_printed")

    def marks(self) -> list[Mark]:
        """The way of the order, as far as it is known yet where it leads."""
        way = ["placed", "received", "decided", "answered"]
        if self.state is OrderState.REJECTED:
            way.append("reissued")
        elif self.state in (OrderState.CANCELLED, OrderState.EXPIRED):
            way = ["placed", "received", str(self.state)]
        else:
            way += ["voucher_issued", "voucher_printed"]
        return [Mark(name, self._reached(name)) for name in way]

    def milliseconds_to(self, name: str) -> int | None:
        """From placement to a mark, None when it was not reached."""
        start, end = self.placed_at, self._reached(name)
        return round((end - start).total_seconds() * 1000) if start and end else None

    def rows(self) -> list[Row]:
        return list(_rows(self.happenings))

    def _reached(self, name: str) -> datetime | None:
        sought = {
            "decided": ("decided_accept", "decided_reject", "held"),
            "answered": ("accepted", "rejected"),
        }.get(name, (name,))
        side = Side.SHOP if name in _OF_THE_SHOP else Side.MARKETPLACE
        steps = [self._first(side, what) for what in sought]
        return min((step.at for step in steps if step), default=None)

    def _first(self, side: Side, what: str) -> Step | None:
        for each in self.happenings:
            if each.side is side and each.step.what == what:
                return each.step
        return None


_OF_THE_SHOP = frozenset({"received", "decided", "voucher_printed"})


def _rows(happenings: Iterable[Happening]) -> Iterator[Row]:
    """Rows in the order of time; the two ends of one exchange share a row."""
    rows: list[Row] = []
    causes: list[str] = []
    for at, side, step in happenings:
        if side is Side.MARKETPLACE:
            if step.what in _TOLD:
                causes.append(step.what)
            _add_left(rows, at, step)
        elif not _echo(step):
            _add_right(rows, at, step)
    return iter(_numbered(rows, causes))


def _add_left(rows: list[Row], at: datetime, step: Step) -> None:
    if step.what == "webhook_delivered":
        if row := _half(rows, Crossing.WEBHOOK):
            row.left = step
            return
        rows.append(Row(at, left=step, crossing=Crossing.WEBHOOK))
    else:
        crossing = Crossing.CALL if step.what in _ANSWERS else Crossing.NOTHING
        rows.append(Row(at, left=step, crossing=crossing))


def _add_right(rows: list[Row], at: datetime, step: Step) -> None:
    if step.what == "sent" and (row := _half(rows, Crossing.CALL)):
        row.right = step
    elif step.what == "received":
        rows.append(Row(at, right=step, crossing=Crossing.WEBHOOK))
    else:
        crossing = Crossing.CALL if step.what == "sent" else Crossing.NOTHING
        rows.append(Row(at, right=step, crossing=crossing))


def _half(rows: list[Row], crossing: Crossing) -> Row | None:
    """The last exchange of which only one end is there yet."""
    for row in reversed(rows):
        if row.crossing is crossing:
            return row if row.left is None or row.right is None else None
    return None


def _echo(step: Step) -> bool:
    """Whether the shop only says again what the marketplace's row beside it says."""
    if step.what == "accepted":
        return step.facts.get("by") == "merchant"
    return step.what == "closed"


def _numbered(rows: list[Row], causes: list[str]) -> list[Row]:
    counts = {Crossing.WEBHOOK: 0, Crossing.CALL: 0}
    for row in rows:
        if row.crossing is Crossing.NOTHING:
            continue
        counts[row.crossing] += 1
        row.number = counts[row.crossing]
        if row.crossing is Crossing.WEBHOOK:
            if row.left is not None:
                row.number = int(row.left.facts.get("event") or row.number)
            row.told = causes[row.number - 1] if row.number <= len(causes) else ""
    return rows
