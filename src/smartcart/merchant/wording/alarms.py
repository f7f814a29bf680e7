"""An alarm in words: a title for the lock screen, and a line for each thing it is about."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from smartcart.kit.i18n import Language
from smartcart.merchant.domain.alarms import Alarm, AlarmKind
from smartcart.merchant.domain.decisions import Cause, HoldReason
from smartcart.merchant.wording.explaining import N_, cause

_SHOWN = 10


class Told(NamedTuple):
    title: str
    body: str


_TEXTS: Mapping[AlarmKind, tuple[str, str]] = {
    AlarmKind.HELD: (N_("An order waits for you"), N_("{code} is on hold: {why}.")),
    AlarmKind.DEADLINE: (
        N_("An order is about to expire"),
        N_("{code} must be answered within {minutes} minutes."),
    ),
    AlarmKind.NOT_ANSWERED: (
        N_("An order could not be answered"),
        N_("{code}: {why}. Answer it in the marketplace's own pages."),
    ),
    AlarmKind.TOKEN_REFUSED: (
        N_("The marketplace refuses the shop's token"),
        N_("No order can be answered. Put the newest token into the settings."),
    ),
    AlarmKind.TOOL_OFF: (
        N_("The Orders API is off for this shop"),
        N_("No order can be answered. Switch it on in the marketplace's own pages."),
    ),
    AlarmKind.ANSWERED_ELSEWHERE: (
        N_("Somebody else answered an order"),
        N_("{code} was answered by somebody else before this program was."),
    ),
    AlarmKind.NOT_CARRIED_OUT: (
        N_("An answer was not carried out"),
        N_("{code} was answered and is still open at the marketplace; it is answered again."),
    ),
    AlarmKind.EXPIRED: (
        N_("An order has expired"),
        N_("{code} was not answered in time."),
    ),
    AlarmKind.PACKED_IN_VAIN: (
        N_("Stop a parcel"),
        N_("{code} is off, and its voucher was printed: {about}. The parcel may be packed."),
    ),
    AlarmKind.NOT_PRINTED: (N_("A voucher could not be printed"), N_("{code}: {why}.")),
    AlarmKind.NOT_READ: (N_("An order could not be read"), N_("{code}: {why}.")),
    AlarmKind.SHORT: (
        N_("An accepted order cannot be served whole"),
        N_("{code} was accepted, and there is too little in stock for it."),
    ),
    AlarmKind.STOCK: (
        N_("The stock cannot be relied on"),
        N_("{about}: {why}. Orders that need it are held."),
    ),
    AlarmKind.STOCK_RECOVERED: (
        N_("The stock is well again"),
        N_("{about} can be relied on again."),
    ),
    AlarmKind.WEBHOOK_FAILING: (
        N_("The marketplace cannot reach this shop"),
        N_("Its webhooks fail: {why}."),
    ),
    AlarmKind.SILENCE: (
        N_("No order for long"),
        N_("Nothing came from the marketplace for {hours} hours. Look whether the webhook works."),
    ),
}


def message(alarms: Sequence[Alarm], language: Language) -> Told:
    """Alarms of one kind as one message; of many, the first ones and how many more there are."""
    title, line = _TEXTS[alarms[0].kind]
    lines = [_line(line, alarm, language) for alarm in alarms[:_SHOWN]]
    if more := len(alarms) - len(lines):
        lines.append(language.count("and {n} more", "and {n} more", more).format(n=more))
    count = f" ({len(alarms)})" if len(alarms) > 1 else ""
    return Told(language.text(title) + count, "\n".join(lines))


def _line(text: str, alarm: Alarm, language: Language) -> str:
    return language.text(text).format(
        code=alarm.code,
        why=_why(alarm, language),
        about=alarm.about,
        minutes=alarm.minutes,
        hours=alarm.minutes // 60,
    )


def _why(alarm: Alarm, language: Language) -> str:
    """In a sentence where it is a reason of ours to hold, else as it was found."""
    if alarm.kind is AlarmKind.HELD:
        with suppress(ValueError):
            return cause(Cause(HoldReason(alarm.why), alarm.about), language)
    return alarm.why
