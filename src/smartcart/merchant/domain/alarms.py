"""What a person is called for, as plain values: decided from what happened, and from the time."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from msgspec import Struct

from smartcart.merchant.domain.decisions import Nothing
from smartcart.merchant.domain.order import ShopOrder, Status

_MINUTE = 60_000_000

Text = Mapping[str, object]
Rule = Callable[[str, Text], tuple["Alarm", ...]]


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

    If it `repeats`, again when the trouble is still told of after the shop's time for that, or is
    there anew after what it is `ended_by` rang. What `ends` others rings when one of them did.
    `code` is the order's, empty for none; `why` and `about` are what was found, in the program's
    words.
    """

    kind: AlarmKind
    subject: str
    code: str = ""
    why: str = ""
    about: str = ""
    minutes: int = 0
    repeats: bool = False
    ends: tuple[str, ...] = ()
    ended_by: str = ""


def alarms_of(what: str, code: str, facts: Text) -> tuple[Alarm, ...]:
    """The alarms for a step of the history; none when nobody needs to be called for it."""
    rule = _RULES.get(what)
    return rule(code, facts) if rule else ()


def deadline(order: ShopOrder, points: Sequence[int], now: int) -> Alarm | None:
    """The alarm for an order that we, or a person, must answer, when a chosen point is passed.

    `points` are minutes before it expires, `now` is in microseconds. Of several points
    passed only the last one rings: whoever was away is not called for each of them. More time given
    makes points anew.
    """
    if order.expires_at is None or order.status not in UNANSWERED:
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


UNANSWERED = frozenset(
    {Status.WAITING, Status.HELD, Status.ACCEPTING, Status.REJECTING, Status.NEEDS_ATTENTION}
)


def _once(kind: AlarmKind) -> Rule:
    """Once an order, and again when the reason is another."""

    def rule(code: str, facts: Text) -> tuple[Alarm, ...]:
        why, about = str(facts.get("why") or ""), str(facts.get("about") or facts.get("file") or "")
        subject = f"{kind}/{code}/{why or about}"
        return (Alarm(kind=kind, subject=subject[:_LONGEST], code=code, why=why, about=about),)

    return rule


def _final(kind: AlarmKind) -> Rule:
    """Only when it will not be tried again."""

    def rule(code: str, facts: Text) -> tuple[Alarm, ...]:
        return _once(kind)(code, facts) if facts.get("final") else ()

    return rule


def _of_source(doubt: str) -> Rule:
    def rule(_code: str, facts: Text) -> tuple[Alarm, ...]:
        source, told = str(facts.get("source") or ""), str(facts.get("why") or "")
        return (
            Alarm(
                kind=AlarmKind.STOCK,
                subject=_of(AlarmKind.STOCK, source, doubt),
                why=told or doubt,
                about=source,
                repeats=True,
                ended_by=_of(AlarmKind.STOCK_RECOVERED, source),
            ),
        )

    return rule


def _source_recovered(_code: str, facts: Text) -> tuple[Alarm, ...]:
    source, kind = str(facts.get("source") or ""), AlarmKind.STOCK_RECOVERED
    ends = tuple(_of(AlarmKind.STOCK, source, doubt) for doubt in _DOUBTS)
    return (Alarm(kind=kind, subject=_of(kind, source), about=source, ends=ends),)


def _of(kind: AlarmKind, source: str, doubt: str = "") -> str:
    return f"{kind}/{source}/{doubt}"[:_LONGEST]


def _webhook_failing(_code: str, facts: Text) -> tuple[Alarm, ...]:
    """One for the shop, whatever fails; `about` is the kind of failure."""
    minutes, kind = facts.get("minutes"), AlarmKind.WEBHOOK_FAILING
    return (
        Alarm(
            kind=kind,
            subject=str(kind),
            why=str(facts.get("why") or ""),
            about=str(facts.get("about") or ""),
            minutes=minutes if isinstance(minutes, int) else 0,
            repeats=True,
            ended_by=str(AlarmKind.WEBHOOK_RECOVERED),
        ),
    )


def _webhook_recovered(_code: str, _facts: Text) -> tuple[Alarm, ...]:
    kind = AlarmKind.WEBHOOK_RECOVERED
    return (Alarm(kind=kind, subject=str(kind), ends=(str(AlarmKind.WEBHOOK_FAILING),)),)


def _send_failed(code: str, facts: Text) -> tuple[Alarm, ...]:
    """What every call meets is told of the shop, again and again, and of each order once."""
    status = facts.get("status")
    if status not in _OF_THE_SHOP:
        return _final(AlarmKind.NOT_ANSWERED)(code, facts)
    kind = _OF_THE_SHOP[status]
    shop = Alarm(kind=kind, subject=str(kind), repeats=True)
    return (shop, Alarm(kind=kind, subject=f"{kind}/{code}", code=code)) if code else (shop,)


def _closed(code: str, facts: Text) -> tuple[Alarm, ...]:
    return _once(AlarmKind.EXPIRED)(code, {}) if facts.get("state") == "expired" else ()


_OF_THE_SHOP: Mapping[object, AlarmKind] = {
    401: AlarmKind.TOKEN_REFUSED,
    403: AlarmKind.TOOL_OFF,
}
"""Refusals that every call meets."""
_DOUBTS = ("stale", "shrunken", "unreadable")
_LONGEST = 200
_RULES: Mapping[str, Rule] = {
    "held": _once(AlarmKind.HELD),
    "send_failed": _send_failed,
    "answered_elsewhere": _once(AlarmKind.ANSWERED_ELSEWHERE),
    "not_carried_out": _once(AlarmKind.NOT_CARRIED_OUT),
    "closed": _closed,
    "packed_in_vain": _once(AlarmKind.PACKED_IN_VAIN),
    "print_failed": _final(AlarmKind.NOT_PRINTED),
    "read_failed": _once(AlarmKind.NOT_READ),
    "short": _once(AlarmKind.SHORT),
    **{f"stock_{doubt}": _of_source(doubt) for doubt in _DOUBTS},
    "stock_recovered": _source_recovered,
    "webhook_failing": _webhook_failing,
    "webhook_recovered": _webhook_recovered,
}
STEPS: Final = frozenset(_RULES)
"""Steps of the history that may be an alarm."""
