"""What went over the wire for one order, laid out for reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from smartcart.demo.halves import Attempt, Call, Delivery
from smartcart.demo.words import Words

_ANSWERS = "answer"
_NULL = msgspec.Raw(b"null")


@dataclass(frozen=True, slots=True)
class AttemptView:
    started_at: datetime
    outcome: str
    detail: str
    span: str


@dataclass(frozen=True, slots=True)
class Sent:
    """One request, as often as it was tried."""

    number: int
    anchor: str
    title: str
    body: str
    attempts: Sequence[AttemptView]
    changes: Sequence[tuple[str, str, str]] = ()
    """Of an event: what changed, as field, old and new value."""


class _Change(msgspec.Struct):
    old: msgspec.Raw = _NULL
    new: msgspec.Raw = _NULL


class _Event(msgspec.Struct):
    event_type: str = ""
    changes: dict[str, _Change] = {}


def delivered(deliveries: Sequence[Delivery], words: Words) -> list[Sent]:
    return [_delivery(each, _event(bytes(each.payload)), words) for each in deliveries]


def called(calls: Sequence[Call], words: Words) -> list[Sent]:
    """Answers to orders are numbered, as the steps link to them; readings and fetches are not."""
    answers = [each for each in calls if each.kind == _ANSWERS]
    others = [each for each in calls if each.kind != _ANSWERS]
    return [
        _call(each, n, f"call-{n}" if each.kind == _ANSWERS else f"other-{n}", words)
        for n, each in enumerate([*answers, *others], start=1)
    ]


def pretty(document: bytes) -> str:
    """JSON with line breaks, everything else as it is; never an error."""
    try:
        return msgspec.json.format(document, indent=2).decode(errors="replace")
    except msgspec.DecodeError:
        return document.decode(errors="replace")


def _delivery(delivery: Delivery, event: _Event, words: Words) -> Sent:
    return Sent(
        number=delivery.seq,
        anchor=f"webhook-{delivery.seq}",
        title=f"{delivery.seq}. POST /webhook/… {event.event_type}",
        body=pretty(bytes(delivery.payload)),
        attempts=_attempts(delivery.attempts, words),
        changes=[
            (name, bytes(change.old).decode(), bytes(change.new).decode())
            for name, change in event.changes.items()
        ],
    )


def _call(call: Call, number: int, anchor: str, words: Words) -> Sent:
    body = bytes(call.request.body)
    return Sent(
        number=number,
        anchor=anchor,
        title=f"{call.request.method} {call.request.path}",
        body="" if body == b"null" else pretty(body),
        attempts=_attempts(call.attempts, words),
    )


def _attempts(attempts: Sequence[Attempt], words: Words) -> list[AttemptView]:
    return [
        AttemptView(each.started_at, each.outcome, each.detail, words.span(each.milliseconds))
        for each in attempts
    ]


def _event(payload: bytes) -> _Event:
    try:
        return msgspec.json.decode(payload, type=_Event)
    except msgspec.DecodeError:
        return _Event()
