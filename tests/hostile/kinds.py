"""The kinds of orders that are sent, what each looks like, and which answer would be right."""

import json
import random
from copy import deepcopy
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache

from smartcart.contract.examples import example, names
from tests.contract.published import published
from tests.support.order_documents import Json, line, order

PLENTY = {f"p{n:03}": 1_000_000 for n in range(40)}
FEW, NONE = {"few": 3}, {"none": 0}
CONTESTED_STOCK = 40


class Kind(StrEnum):
    PLAIN = "plain"
    SHAPED = "shaped"
    """Like one of the published or of our own examples, with products the shop has."""
    VERBATIM = "verbatim"
    """Such an example as it is, about products the shop never heard of."""
    LIMITED = "limited"
    SOLD_OUT = "sold_out"
    MIXED = "mixed"
    CONTESTED = "contested"
    """One piece of a product of which fewer are there than are ordered."""
    UNKNOWN = "unknown"
    NO_OPTIONS = "no_options"
    UNREADABLE_WINDOW = "unreadable_window"
    EXPRESS = "express"
    FULFILLED = "fulfilled"
    ARRIVES_ACCEPTED = "arrives_accepted"
    BY_HAND = "by_hand"
    """A person accepts it while the program is about to."""
    CANCELLED = "cancelled"


WEIGHTS = {
    Kind.PLAIN: 30, Kind.SHAPED: 14, Kind.VERBATIM: 4, Kind.LIMITED: 5, Kind.SOLD_OUT: 5,
    Kind.MIXED: 5, Kind.CONTESTED: 10, Kind.UNKNOWN: 3, Kind.NO_OPTIONS: 2,
    Kind.UNREADABLE_WINDOW: 2, Kind.EXPRESS: 4, Kind.FULFILLED: 3, Kind.ARRIVES_ACCEPTED: 3,
    Kind.BY_HAND: 4, Kind.CANCELLED: 6,
}  # fmt: skip

OURS_TO_ACCEPT = frozenset({Kind.PLAIN, Kind.SHAPED, Kind.CONTESTED, Kind.BY_HAND, Kind.CANCELLED})
OURS_TO_REJECT = {Kind.LIMITED: 4, Kind.SOLD_OUT: 1, Kind.MIXED: 1, Kind.CONTESTED: 1}
"""With the one reason that is true."""
HELD = {
    Kind.UNKNOWN: "unknown_sku",
    Kind.NO_OPTIONS: "no_options",
    Kind.UNREADABLE_WINDOW: "no_workable_window",
}


FIELDS: dict[Kind, Json] = {
    Kind.EXPRESS: {"express": True},
    Kind.FULFILLED: {"state": "accepted", "fulfilled_by_skroutz": True},
    Kind.ARRIVES_ACCEPTED: {"state": "accepted"},
}


def document(kind: Kind, code: str, chance: random.Random, contested: str) -> Json:
    """A new order of this kind."""
    now = datetime.now(UTC)
    if kind is Kind.SHAPED:
        return _shaped(code, chance, now)
    if kind is Kind.VERBATIM:
        return _verbatim(code, chance)
    known = [line(uid, chance.randint(1, 3)) for uid in chance.sample(sorted(PLENTY), 2)]
    lines = {
        Kind.LIMITED: [line("few", 5)],
        Kind.SOLD_OUT: [line("none", 1)],
        Kind.MIXED: [known[0], line("none", 2)],
        Kind.CONTESTED: [line(contested, 1)],
        Kind.UNKNOWN: [known[0], line("nobody-knows", 1)],
    }.get(kind, known)
    placed = order(code, *lines, now=now, **FIELDS.get(kind, {}))
    if kind is Kind.NO_OPTIONS:
        return _without(placed, "accept_options", "reject_options")
    if kind is Kind.UNREADABLE_WINDOW:
        for window in placed["accept_options"]["pickup_window"]:
            window["label"] = "κάποια στιγμή"
    return placed


def strange(whole: Json, chance: random.Random) -> Json:
    """The same with fields nobody knows, and sometimes without some that may be missing."""
    if chance.random() < 0.3:
        whole = whole | {f"field_of_{chance.randint(2027, 2031)}": {"deep": [1, None, "ά"]}}
    if chance.random() < 0.2:
        whole = _without(whole, chance.choice(["customer", "created_at", "courier_tracking_codes"]))
    return whole


@cache
def _examples() -> tuple[Json, ...]:
    ours = [json.loads(example(name)) for name in names() if name.startswith(("order_", "event_"))]
    theirs = [json.loads(path.read_bytes()) for path in published("*.json")]
    return tuple(each.get("order", each) for each in (*ours, *theirs))


def _shaped(code: str, chance: random.Random, now: datetime) -> Json:
    shape = deepcopy(chance.choice(_examples()))
    fresh = order(code, line(chance.choice(sorted(PLENTY)), chance.randint(1, 2)), now=now)
    first = (shape.get("line_items") or [{}])[0]
    fresh["line_items"] = [
        _without(first, "size", "shop_variation_uid", "rejection_reason") | fresh["line_items"][0]
    ]
    plain = {"express": False, "fulfilled_by_skroutz": False}
    return _without(shape, "rejection_info", "pickup_window") | fresh | plain


def _verbatim(code: str, chance: random.Random) -> Json:
    shape = deepcopy(chance.choice(_examples()))
    return shape | {"code": code, "courier_voucher": None}


def fresh_codes(count: int) -> list[str]:
    return [f"{datetime.now(UTC):%y%m%d}-{n:07}" for n in range(1, count + 1)]


def _without(whole: Json, *fields: str) -> Json:
    return {name: value for name, value in whole.items() if name not in fields}
