"""What each step is called, for people: on the page and in the terminal.

Texts are gettext's: marked by `_` where they stand, translated by the `Language` of the reader.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from smartcart.contract import OrderState
from smartcart.demo.card import Card, Row
from smartcart.demo.catalogue import Sku
from smartcart.demo.halves import Side, Step
from smartcart.kit.i18n import Language

Names = Mapping[Sku, str]
Facts = Mapping[str, Any]


class Phrase(NamedTuple):
    """A step in words. `tone` is `good`, `bad`, `wait` or nothing."""

    text: str
    detail: str = ""
    tone: str = ""


def N_(source: str) -> str:
    """Marks a text for the catalogues where it cannot be translated yet."""
    return source


STATES: Mapping[OrderState, str] = {
    OrderState.OPEN: N_("Open"),
    OrderState.ACCEPTED: N_("Accepted"),
    OrderState.REJECTED: N_("Rejected"),
    OrderState.CANCELLED: N_("Cancelled"),
    OrderState.EXPIRED: N_("Expired"),
}
MARKS: Mapping[str, str] = {
    "placed": N_("Placed"),
    "received": N_("Notified"),
    "decided": N_("Decided"),
    "answered": N_("Answered"),
    "voucher_issued": N_("Voucher"),
    "voucher_printed": N_("Printed"),
    "reissued": N_("Re-issued"),
    "cancelled": N_("Cancelled"),
    "expired": N_("Expired"),
}
_TOLD: Mapping[str, str] = {
    "placed": N_("new order"),
    "accepted": N_("accepted"),
    "rejected": N_("rejected"),
    "cancelled": N_("cancelled"),
    "expired": N_("expired"),
    "extended": N_("extended"),
    "voucher_issued": N_("voucher"),
    "marked_ready": N_("ready"),
}
_HELD: Mapping[str, str] = {
    "unknown_sku": N_("the stock list does not know it"),
    "too_late": N_("the time to answer is over"),
    "no_workable_window": N_("no pickup window can be met"),
}


class Words:
    """The words of one reader. `names` are the products', for facts that give only a SKU."""

    def __init__(self, language: Language, names: Names) -> None:
        self.language = language
        self._ = language.text
        self._names = {sku.text: name for sku, name in names.items()}
        self._left: Mapping[str, Callable[[Facts], Phrase]] = {
            "placed": self._placed,
            "accepted": self._accepted,
            "rejected": self._rejected,
            "reissued": self._reissued,
            "voucher_issued": self._voucher_issued,
            "marked_ready": lambda _: Phrase(self._("Ready for the courier")),
            "webhook_delivered": self._webhook_delivered,
            "webhook_failed": self._webhook_failed,
            "webhook_exhausted": self._webhook_exhausted,
            "cancelled": lambda _: Phrase(self._("Called off"), tone="bad"),
            "extended": lambda _: Phrase(self._("More time given")),
            "expired": lambda _: Phrase(self._("Not answered in time"), tone="bad"),
        }
        self._right: Mapping[str, Callable[[Facts], Phrase]] = {
            "received": self._received,
            "decided_accept": self._decided_accept,
            "decided_reject": self._decided_reject,
            "held": self._held,
            "sent": self._sent,
            "send_failed": self._send_failed,
            "voucher_printed": self._voucher_printed,
            "print_failed": self._print_failed,
            "duplicate": lambda _: Phrase(self._("Had that before: nothing to do")),
            "stale": lambda _: Phrase(self._("Older than what is known: nothing to do")),
            "moot": lambda _: Phrase(self._("No longer wanted")),
            "closed": self._closed,
            "read": lambda _: Phrase(self._("Order read back")),
        }

    def tell(self, side: Side, step: Step) -> Phrase:
        """Any step; one that nobody foresaw by its own name."""
        known = self._left if side is Side.MARKETPLACE else self._right
        told = known.get(step.what)
        return told(step.facts) if told else Phrase(step.what.replace("_", " "))

    def event(self, row: Row) -> str:
        """What a webhook event told of, for the row of its exchange."""
        if row.told not in _TOLD:
            return self._("Webhook")
        return self._("Webhook: {event}").format(event=self._(_TOLD[row.told]))

    def state(self, card: Card) -> str:
        if card.held:
            return self._("On hold")
        return self._(STATES.get(card.state, str(card.state)))

    def mark(self, name: str) -> str:
        return self._(MARKS[name])

    def span(self, count: float) -> str:
        """A span in the unit that suits it."""
        if count < 1000:
            return self._("{n} ms").format(n=self.language.number(round(count)))
        return self._("{n} s").format(n=self.language.number(round(count / 1000, 1)))

    def _placed(self, facts: Facts) -> Phrase:
        if facts.get("reissue_of"):
            return Phrase(
                self._("Placed again"),
                self._("what is left of {code}").format(code=facts["reissue_of"]),
            )
        total = facts.get("total_cents")
        return Phrase(
            self._("Order placed"), self.language.euros(total) if isinstance(total, int) else ""
        )

    def _accepted(self, facts: Facts) -> Phrase:
        parcels = facts.get("parcels")
        detail = ""
        if isinstance(parcels, int):
            detail = self.language.count("{n} parcel", "{n} parcels", parcels).format(n=parcels)
        return Phrase(self._("Order accepted"), detail, "good")

    def _rejected(self, facts: Facts) -> Phrase:
        return Phrase(self._("Order rejected"), self._short(facts.get("lines")), "bad")

    def _reissued(self, facts: Facts) -> Phrase:
        detail = self._("what is left: {code}").format(code=facts.get("new_code"))
        return Phrase(self._("Re-issued"), detail, "good")

    def _voucher_issued(self, facts: Facts) -> Phrase:
        return Phrase(self._("Voucher drawn"), str(facts.get("tracking_codes") or ""))

    def _webhook_delivered(self, facts: Facts) -> Phrase:
        return Phrase(self._("Webhook sent"), self._answered(facts))

    def _webhook_failed(self, facts: Facts) -> Phrase:
        return Phrase(self._("Webhook not taken, to be sent again"), _why(facts), "wait")

    def _webhook_exhausted(self, facts: Facts) -> Phrase:
        return Phrase(self._("Webhook given up"), _why(facts), "bad")

    def _received(self, facts: Facts) -> Phrase:
        return Phrase(self._("Received"), str(facts.get("event_type") or ""))

    def _decided_accept(self, facts: Facts) -> Phrase:
        stock = facts.get("stock") or []
        detail = self.language.count(
            "{n} line, all on the shelf", "{n} lines, all on the shelf", len(stock)
        ).format(n=len(stock))
        return Phrase(self._("Can be served"), detail, "good")

    def _decided_reject(self, facts: Facts) -> Phrase:
        short = [
            self._available(self._names.get(line.get("sku"), line.get("sku")), line)
            for line in facts.get("stock") or []
            if (line.get("available") or 0) < line.get("wanted", 0)
        ]
        return Phrase(self._("Short"), "; ".join(short), "bad")

    def _held(self, facts: Facts) -> Phrase:
        about = str(facts.get("about") or "")
        why = str(facts.get("why") or "")
        detail = self._(_HELD[why]) if why in _HELD else why.replace("_", " ")
        name = self._names.get(about, about)
        return Phrase(self._("Held for a person"), f"{name}: {detail}" if name else detail, "wait")

    def _sent(self, facts: Facts) -> Phrase:
        accepts = facts.get("call") == "accept"
        text = self._("Accept sent") if accepts else self._("Reject sent")
        return Phrase(text, self._answered(facts))

    def _send_failed(self, facts: Facts) -> Phrase:
        return Phrase(self._("Call failed"), _why(facts), "wait")

    def _voucher_printed(self, facts: Facts) -> Phrase:
        size = facts.get("bytes")
        detail = ""
        if isinstance(size, int):
            detail = self._("PDF, {n} KB").format(n=self.language.number(round(size / 1000)))
        return Phrase(self._("Voucher printed"), detail, "good")

    def _print_failed(self, facts: Facts) -> Phrase:
        return Phrase(self._("Voucher not printed"), _why(facts), "bad")

    def _closed(self, facts: Facts) -> Phrase:
        state = str(facts.get("state") or "")
        known = {str(each): text for each, text in STATES.items()}
        return Phrase(self._("Closed"), self._(known[state]) if state in known else state)

    def _answered(self, facts: Facts) -> str:
        """Status and span of an exchange: "200 in 6 ms"."""
        status, span = facts.get("status"), facts.get("milliseconds")
        if status is None or not isinstance(span, int | float):
            return self._("read back") if facts.get("read_back") else ""
        return self._("{status} in {span}").format(status=status, span=self.span(span))

    def _short(self, lines: object) -> str:
        if not isinstance(lines, list):
            return ""
        told = [
            self._available(line.get("product"), {**line, "wanted": line.get("quantity")})
            for line in lines
        ]
        return "; ".join(told)

    def _available(self, name: object, line: Facts) -> str:
        return self._("{available} of {wanted}: {name}").format(
            available=line.get("available") or 0, wanted=line.get("wanted"), name=name
        )


def _why(facts: Facts) -> str:
    return str(facts.get("why") or facts.get("status") or "")
