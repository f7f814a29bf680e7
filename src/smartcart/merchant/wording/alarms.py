"""An alarm in words: a title for the lock screen, and a line for each thing it is about."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from smartcart.kit.i18n import Language
from smartcart.merchant.domain.alarms import Alarm, AlarmKind
from smartcart.merchant.domain.decisions import Cause, HoldReason
from smartcart.merchant.wording.explaining import N_, cause

_SHOWN = 10
_MANY_MINUTES = 120


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
        N_("{code} waits to be answered."),
    ),
    AlarmKind.TOOL_OFF: (
        N_("The Orders API is off for this shop"),
        N_("{code} waits to be answered."),
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
        N_(
            "For {span} it has answered no webhook with 200 ({why}). {remedy} Until then the "
            "marketplace is asked every few minutes for what it could not send."
        ),
    ),
    AlarmKind.WEBHOOK_RECOVERED: (
        N_("The marketplace reaches this shop again"),
        N_("Webhooks arrive again. What was missed has been read at the marketplace."),
    ),
    AlarmKind.SILENCE: (
        N_("No order for long"),
        N_("Nothing came from the marketplace for {hours} hours. Look whether the webhook works."),
    ),
}


_FIRST: Mapping[AlarmKind, str] = {
    AlarmKind.TOKEN_REFUSED: N_(
        "No order can be answered. Put the newest token into the settings."
    ),
    AlarmKind.TOOL_OFF: N_(
        "No order can be answered. Switch it on in the marketplace's own pages."
    ),
}
"""What is said once, before the orders that it is about."""
_REMEDIES: Mapping[str, str] = {
    "status": N_(
        "The shop's server is reached and answers something else: look at its error log, and "
        "whether the webhook's URL at the marketplace is the one of this program."
    ),
    "name": N_(
        "The name in the webhook's URL is not found: look at the shop's domain and its DNS."
    ),
    "connect": N_(
        "No connection is made: look whether the web server runs, and whether a firewall keeps "
        "the marketplace out."
    ),
    "reset": N_("The connection is cut off: look at the error log of the web server."),
    "tls": N_("The certificate is not accepted: renew it, and install it with its whole chain."),
    "timeout": N_(
        "The answer takes too long: look whether the web server runs, and what keeps it busy."
    ),
    "redirect": N_(
        "The URL leads to another: give the marketplace the one at which this program is."
    ),
    "refused_address": N_(
        "The name leads to an address that is not on the internet: look at the domain's DNS."
    ),
}
"""What to do, by the kind of failure as the marketplace names it."""
_ANY_REMEDY = N_(
    "Look at the webhook's URL in the marketplace's pages, and at the web server in front of this "
    "program."
)


def message(alarms: Sequence[Alarm], language: Language) -> Told:
    """Alarms of one kind as one message; of many, the first ones and how many more there are."""
    kind = alarms[0].kind
    title, line = _TEXTS[kind]
    first = [language.text(_FIRST[kind])] if kind in _FIRST else []
    several = [alarm for alarm in alarms if alarm.code or not first]
    lines = [_line(line, alarm, language) for alarm in several[:_SHOWN]]
    if more := len(several) - len(lines):
        lines.append(language.count("and {n} more", "and {n} more", more).format(n=more))
    count = f" ({len(several)})" if len(several) > 1 else ""
    return Told(language.text(title) + count, "\n".join([*first, *lines]))


def _line(text: str, alarm: Alarm, language: Language) -> str:
    return language.text(text).format(
        code=alarm.code,
        why=_why(alarm, language),
        about=alarm.about,
        minutes=alarm.minutes,
        hours=alarm.minutes // 60,
        span=_span(alarm.minutes, language),
        remedy=language.text(_REMEDIES.get(alarm.about, _ANY_REMEDY)),
    )


def _span(minutes: int, language: Language) -> str:
    """Minutes, and hours when there are many of them."""
    if minutes < _MANY_MINUTES:
        return language.count("{n} minute", "{n} minutes", minutes).format(n=minutes)
    hours = round(minutes / 60)
    return language.count("{n} hour", "{n} hours", hours).format(n=hours)


def _why(alarm: Alarm, language: Language) -> str:
    """In a sentence where it is a reason of ours to hold, else as it was found."""
    if alarm.kind is AlarmKind.HELD:
        with suppress(ValueError):
            return cause(Cause(HoldReason(alarm.why), alarm.about), language)
    return alarm.why
