"""What the templates show, worked out from what is known: plain values in the reader's words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from smartcart.contract import LineItem, OrderState, to_cents
from smartcart.demo.card import Card, Crossing, Row
from smartcart.demo.catalogue import Sku
from smartcart.demo.halves import Offer, Side, Step, Stock
from smartcart.demo.words import N_, Phrase, Words

_SHOWN_ACTIVITY = 9


@dataclass(frozen=True, slots=True)
class Cell:
    """One side of a row. `link` leads to what went over the wire."""

    phrase: Phrase
    link: str = ""


@dataclass(frozen=True, slots=True)
class RowView:
    key: str
    at: datetime
    after: str
    crossing: str
    left: Cell | None
    right: Cell | None


@dataclass(frozen=True, slots=True)
class MarkView:
    word: str
    reached: bool


@dataclass(frozen=True, slots=True)
class CardView:
    code: str
    state: str
    word: str
    lines: Sequence[str]
    total: str
    who: str
    placed_at: datetime | None
    until: datetime | None
    """Until when an open order may be answered."""
    left: str
    took: str
    marks: Sequence[MarkView]
    rows: Sequence[RowView]
    reissue_of: str
    reissued_as: str
    printed: bool
    held: bool


@dataclass(frozen=True, slots=True)
class StockView:
    name: str
    quantity: int
    reserved: int
    free: int
    short: bool
    """Not half as many are free as are offered."""
    bar: int
    """What is free, in per cent of what is offered."""


@dataclass(frozen=True, slots=True)
class Activity:
    at: datetime
    code: str
    phrase: Phrase
    link: str


def card_view(card: Card, words: Words, now: datetime) -> CardView:
    document = card.document
    lines = document.line_items if document else ()
    is_open = card.state is OrderState.OPEN
    until = card.expires_at if is_open else None
    return CardView(
        code=card.code,
        state="held" if card.held else str(card.state),
        word=words.state(card),
        lines=[_line(line) for line in lines],
        total=words.language.euros(sum(_cents(line) for line in lines)),
        who=_who(card),
        placed_at=card.placed_at,
        until=until,
        left=left(until, now) if until else "",
        took=_took(card, words),
        marks=[MarkView(words.mark(mark.name), mark.at is not None) for mark in card.marks()],
        rows=[_row(card, row, words) for row in card.rows()],
        reissue_of=card.reissue_of,
        reissued_as=card.reissued_as,
        printed=card.printed is not None,
        held=card.held is not None,
    )


def left(until: datetime, now: datetime) -> str:
    """The time left, as on a clock: 23:59:59, 29:59, 0:07."""
    seconds = max(0, round((until - now).total_seconds()))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def stock_views(
    stock: Iterable[Stock], offers: Sequence[Offer], names: dict[Sku, str]
) -> list[StockView]:
    """The shelf in the order of the catalogue."""
    offered = {offer.sku: offer.quantity for offer in offers}
    by_sku = {each.sku: each for each in stock}
    return [_stock(by_sku[sku], offered.get(sku), names[sku]) for sku in names if sku in by_sku]


def activities(cards: Iterable[Card], words: Words) -> list[Activity]:
    """What the shop decided and printed, the newest first."""
    found = [
        Activity(
            each.at, card.code, words.tell(Side.SHOP, each.step), _document_of(card, each.step.what)
        )
        for card in cards
        for each in card.happenings
        if each.side is Side.SHOP and each.step.what in _ACTIVITIES
    ]
    return sorted(found, key=lambda each: each.at, reverse=True)[:_SHOWN_ACTIVITY]


_ACTIVITIES = frozenset({"decided_accept", "decided_reject", "held", "voucher_printed"})


def typical(cards: Iterable[Card], mark: str) -> float | None:
    """The median time from placement to a mark, in milliseconds."""
    spans = [span for card in cards if (span := card.milliseconds_to(mark)) is not None]
    return median(spans) if spans else None


def _row(card: Card, row: Row, words: Words) -> RowView:
    after = (row.at - (card.placed_at or row.at)).total_seconds() * 1000
    return RowView(
        key=f"{row.crossing}-{row.number}" if row.crossing else _only(row).id,
        at=row.at,
        after=f"+{words.span(after)}" if after > 0 else words.language.time(row.at),
        crossing=str(row.crossing),
        left=_left(card, row, words),
        right=_right(card, row, words),
    )


def _left(card: Card, row: Row, words: Words) -> Cell | None:
    if row.crossing is Crossing.WEBHOOK:
        text = words.event(row)
        answered = words.tell(Side.MARKETPLACE, row.left).detail if row.left else ""
        return Cell(Phrase(text, answered), f"/orders/{card.code}#webhook-{row.number}")
    return Cell(words.tell(Side.MARKETPLACE, row.left)) if row.left else None


def _right(card: Card, row: Row, words: Words) -> Cell | None:
    if row.right is None:
        return None
    phrase = words.tell(Side.SHOP, row.right)
    if row.crossing is Crossing.CALL:
        return Cell(phrase, f"/orders/{card.code}#call-{row.number}")
    return Cell(phrase, _document_of(card, row.right.what))


def _document_of(card: Card, what: str) -> str:
    return f"/orders/{card.code}/voucher.pdf" if what == "voucher_printed" else ""


def _only(row: Row) -> Step:
    step = row.left or row.right
    assert step is not None, "a row has at least one end"
    return step


def _line(line: LineItem) -> str:
    size = f", {line.size.value}" if line.size else ""
    return f"{line.quantity} × {line.product_name}{size}"


def _cents(line: LineItem) -> int:
    return to_cents(line.total_price) if line.total_price is not None else 0


def _who(card: Card) -> str:
    if card.document is None:
        return ""
    customer = card.document.customer
    return f"{customer.first_name} {customer.last_name}, {customer.address.city}"


def _took(card: Card, words: Words) -> str:
    """How long the way took that lies behind the order."""
    for mark, source in _ENDS:
        span = card.milliseconds_to(mark)
        if span is not None:
            return words.language.text(source).format(span=words.span(span))
    return ""


_ENDS = (
    ("voucher_printed", N_("printed in {span}")),
    ("reissued", N_("re-issued in {span}")),
    ("answered", N_("answered in {span}")),
)


def _stock(stock: Stock, offered: int | None, name: str) -> StockView:
    quantity = stock.quantity or 0
    return StockView(
        name=name,
        quantity=quantity,
        reserved=stock.reserved,
        free=stock.free,
        short=offered is not None and stock.free * 2 < offered,
        bar=min(100, round(100 * stock.free / (offered or quantity or 1))),
    )
