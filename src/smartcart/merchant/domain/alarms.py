"""What a person is called for, as plain values: decided from what happened, and from the time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from smartcart.merchant.domain.decisions import Nothing
from smartcart.merchant.domain.order import ShopOrder, Status

_MINUTE = 60_000_000

Text = Mapping[str, object]


class AlarmKind(StrEnum):
    HELD = "held"
    DEADLINE = "deadline"
    NOT_ANSWERED = "not_answered"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a name, no token
    TOOL_OFF = "tool_off"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    NOT_CARRIED_OUT = "not_carried_out"
    EXPIRED = "expired"
    PACKED_IN_VAIN = "packed_in_vain"
    NOT_PRINTED = "not_printed"
    NOT_READ = "not_read"
    SHORT = "short"
    STOCK = "stock"
    STOCK_RECOVERED = "stock_recovered"
    WEBHOOK_FAILING = "webhook_failing"
    WEBHOOK_RECOVERED = "webhook_recovered"
    SILENCE = "silence"


class Alarm(Struct, frozen=True, kw_only=True):
    """`subject` is what it is about: an alarm rings once for a subject.

    If it `repeats`, again when the trouble is still told of after the shop's time for that. `code`
    is the order's, empty for none; `why` and `about` are what was found, in the program's words.
    """

    kind: AlarmKind
    subject: str
    code: str = ""
    why: str = ""
    about: str = ""
    minutes: int = 0
    repeats: bool = False


def alarm_of(what: str, code: str, facts: Text) -> Alarm | None:
    """The alarm for a step of the history; None when nobody needs to be called for it."""
    rule = _RULES.get(what)
    return rule(code, facts) if rule else None


def deadline(order: ShopOrder, points: Sequence[int], now: int) -> Alarm | None:
    """The alarm for an order that we, or a person, must answer, when a chosen point is passed.

    `points` are minutes before it expires, `now` is in microseconds. Of several points
    passed only the last one rings: whoever was away is not called for each of them. More time given
    makes points anew.
    """
    if order.expires_at is None or order.status not in _UNANSWERED:
        return None
    left = order.expires_at - now
    passed = [point for point in points if left <= point * _MINUTE]
    if not passed or left <= 0 or isinstance(order.decision, Nothing):
        return None
    point = min(passed)
    return Alarm(
        kind=AlarmKind.DEADLINE,
        subject=f"deadline/{order.code}/{order.expires_at}/{point}",
        code=order.code,
        why=order.status,
        minutes=max(1, round(left / _MINUTE)),
    )


_UNANSWERED = frozenset(
    {Status.WAITING, Status.HELD, Status.ACCEPTING, Status.REJECTING, Status.NEEDS_ATTENTION}
)


def by_kind(alarms: Sequence[Alarm]) -> Iterator[list[Alarm]]:
    """Alarms of one kind are one message."""
    for kind in dict.fromkeys(alarm.kind for alarm in alarms):
        yield [alarm for alarm in alarms if alarm.kind is kind]


def _once(kind: AlarmKind) -> Callable[[str, Text], Alarm]:
    """Once an order, and again when the reason is another."""

    def rule(code: str, facts: Text) -> Alarm:
        why, about = str(facts.get("why") or ""), str(facts.get("about") or facts.get("file") or "")
        subject = f"{kind}/{code}/{why or about}"
        return Alarm(kind=kind, subject=subject[:_LONGEST], code=code, why=why, about=about)

    return rule


def _final(kind: AlarmKind) -> Callable[[str, Text], Alarm | None]:
    """Only when it will not be tried again."""

    def rule(code: str, facts: Text) -> Alarm | None:
        if facts.get("final"):
            return _once(kind)(code, facts)
        return None

    return rule


def _of_source(kind: AlarmKind, why: str) -> Callable[[str, Text], Alarm]:
    def rule(_code: str, facts: Text) -> Alarm:
        source, told = str(facts.get("source") or ""), str(facts.get("why") or "")
        subject = f"{kind}/{source}/{why}"[:_LONGEST]
        return Alarm(kind=kind, subject=subject, why=told or why, about=source, repeats=True)

    return rule


def _of_webhook(kind: AlarmKind) -> Callable[[str, Text], Alarm]:
    """One for the shop, however often it fails and recovers; `about` is the kind of failure."""

    def rule(_code: str, facts: Text) -> Alarm:
        minutes = facts.get("minutes")
        return Alarm(
            kind=kind,
            subject=str(kind),
            why=str(facts.get("why") or ""),
            about=str(facts.get("about") or ""),
            minutes=minutes if isinstance(minutes, int) else 0,
            repeats=True,
        )

    return rule


def _send_failed(code: str, facts: Text) -> Alarm | None:
    status = facts.get("status")
    if status in _OF_THE_SHOP:
        kind = _OF_THE_SHOP[status]
        return Alarm(kind=kind, subject=str(kind), repeats=True)
    return _final(AlarmKind.NOT_ANSWERED)(code, facts)


def _closed(code: str, facts: Text) -> Alarm | None:
    return _once(AlarmKind.EXPIRED)(code, {}) if facts.get("state") == "expired" else None


_OF_THE_SHOP: Mapping[object, AlarmKind] = {
    401: AlarmKind.TOKEN_REFUSED,
    403: AlarmKind.TOOL_OFF,
}
"""Refusals that every call meets: one alarm for the shop, not one for each order."""
_LONGEST = 200
_RULES: Mapping[str, Callable[[str, Any], Alarm | None]] = {
    "held": _once(AlarmKind.HELD),
    "send_failed": _send_failed,
    "answered_elsewhere": _once(AlarmKind.ANSWERED_ELSEWHERE),
    "not_carried_out": _once(AlarmKind.NOT_CARRIED_OUT),
    "closed": _closed,
    "packed_in_vain": _once(AlarmKind.PACKED_IN_VAIN),
    "print_failed": _final(AlarmKind.NOT_PRINTED),
    "read_failed": _once(AlarmKind.NOT_READ),
    "short": _once(AlarmKind.SHORT),
    "stock_stale": _of_source(AlarmKind.STOCK, "stale"),
    "stock_shrunken": _of_source(AlarmKind.STOCK, "shrunken"),
    "stock_unreadable": _of_source(AlarmKind.STOCK, "unreadable"),
    "stock_recovered": _of_source(AlarmKind.STOCK_RECOVERED, ""),
    "webhook_failing": _of_webhook(AlarmKind.WEBHOOK_FAILING),
    "webhook_recovered": _of_webhook(AlarmKind.WEBHOOK_RECOVERED),
}
STEPS: Final = frozenset(_RULES)
"""Steps of the history that may be an alarm."""
