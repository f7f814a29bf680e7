"""What is so at the marketplace, and a judge of every answer that is carried out."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from tests.hostile.kinds import FEW, HELD, OURS_TO_ACCEPT, OURS_TO_REJECT, Kind
from tests.support.order_documents import Json, without_options


@dataclass
class Truth:
    """One order. `snapshots` are all its documents so far, the newest last."""

    kind: Kind
    snapshots: list[Json]
    answers: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def document(self) -> Json:
        return self.snapshots[-1]

    @property
    def state(self) -> str:
        return str(self.document["state"])

    def become(self, state: str, **fields: object) -> Json:
        """The order changes; its new document."""
        self.snapshots.append(without_options(self.document, state, **fields))
        self.changed.set()
        return self.document


@dataclass
class World:
    """All orders, and every wrong that was seen. `faults` counts what was done to the merchant."""

    orders: dict[str, Truth] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def answered(self, code: str, verb: str, body: Json) -> str:
        """Carry an accept or reject out: '' or the message of a refusal."""
        truth = self.orders[code]
        self._judge(code, truth, verb, body)
        if truth.state != "open":
            return f"Order already {truth.state}."
        options = truth.document.get("accept_options") or {}
        if verb == "accept" and (why := _not_offered(options, body)):
            self.wrong.append(f"{code} ({truth.kind}) was accepted with {why}")
            return why
        truth.answers.append(verb)
        truth.become(f"{verb}ed", **({"number_of_parcels": 1} if verb == "accept" else {}))
        return ""

    def _judge(self, code: str, truth: Truth, verb: str, body: Json) -> None:
        if verb == "accept":
            if truth.kind not in OURS_TO_ACCEPT:
                self.wrong.append(f"wrong accept of {code} ({truth.kind})")
        elif truth.kind not in OURS_TO_REJECT or not _is_true(truth, body):
            self.wrong.append(f"wrong reject of {code} ({truth.kind}): {body}")

    def expected(self, truth: Truth) -> frozenset[str]:
        """The merchant's statuses that are right for an order as it is now."""
        if truth.state == "open":
            held = truth.kind in HELD or truth.kind is Kind.VERBATIM
            return frozenset({"held", "waiting"} if held else {"waiting"})
        if truth.state in ("accepted", "rejected", "cancelled", "expired"):
            return frozenset({truth.state})
        return frozenset({"handed_over"})


def _not_offered(options: Json, body: Json) -> str:
    places = [place["id"] for place in options.get("pickup_location", [])]
    windows = [window["id"] for window in options.get("pickup_window", [])]
    if body.get("pickup_location") not in places:
        return "a pickup_location that is not among the options"
    if windows and body.get("pickup_window") not in windows:
        return "a pickup_window that is not among the options"
    return ""


def _is_true(truth: Truth, body: Json) -> bool:
    """Whether just the lines that are short are named, each with the reason that is so."""
    reason = OURS_TO_REJECT[truth.kind]
    short = [one for one in truth.snapshots[0]["line_items"] if not one["shop_uid"].startswith("p")]
    told = [
        {"id": one["id"], "reason_id": reason}
        | ({"available_quantity": FEW["few"]} if reason == 4 else {})
        for one in short
    ]
    return [{k: v for k, v in one.items() if v is not None} for one in body["line_items"]] == told
