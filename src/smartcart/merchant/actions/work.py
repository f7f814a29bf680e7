"""What is left for later: the outbox's queues, and entries for them as plain values.

Thinking about events and acting on decisions are two queues, and each effect has a key of its own,
so that a cancellation is never stuck behind an accept that is being tried again.
"""

from urllib.parse import quote

import msgspec

from smartcart.contract import AcceptRequest, RejectRequest
from smartcart.contract.vocabulary import ORDERS_PATH
from smartcart.merchant.domain.order import ShopOrder, Source
from smartcart.outbox import Entry

EVENTS, EFFECTS = "events", "effects"
EVENT, RECONSIDER = "event", "reconsider"
ANSWER, READ, VOUCHER = "answer", "read", "voucher"

Request = AcceptRequest | RejectRequest


class Call(msgspec.Struct, frozen=True):
    """A request that is to be made, as it is kept and shown. No token is ever in it."""

    method: str
    path: str
    body: Request | None = None


class ShownCall(msgspec.Struct, frozen=True):
    """A `Call` as it is read back."""

    method: str
    path: str
    body: msgspec.Raw


_shown = msgspec.json.Decoder(ShownCall)


def events_of(code: str) -> str:
    """The key under which an order's events are kept, and thought about in order."""
    return f"{EVENT}/{code}"


def readings_of(code: str) -> str:
    """The key under which the readings of an order are kept."""
    return f"reading/{code}"


def effects_of(code: str) -> tuple[str, ...]:
    """The keys of everything that is done about an order."""
    return tuple(f"{kind}/{code}" for kind in (ANSWER, READ, VOUCHER))


def code_of(key: str) -> str:
    """The order's code in the key of any entry."""
    return key.partition("/")[2]


def thinking(source: Source, now: int, kind: str = EVENT) -> Entry:
    return Entry(
        key=source.key, seq=source.seq, queue=EVENTS, lane=EVENTS, kind=kind, payload="", due=now
    )


def answering(order: ShopOrder, request: Request, now: int) -> Entry:
    verb = "accept" if isinstance(request, AcceptRequest) else "reject"
    call = Call("POST", f"{_path(order.code)}/{verb}", request)
    return _effect(ANSWER, order.code, order.answers, call, now)


def reading(code: str, number: int, now: int) -> Entry:
    return _effect(READ, code, number, Call("GET", _path(code)), now)


def printing(order: ShopOrder, now: int) -> Entry:
    return _effect(VOUCHER, order.code, len(order.vouchers), Call("GET", order.voucher), now)


def voucher_of(code: str) -> str:
    """The key of the entries that print an order's vouchers."""
    return f"{VOUCHER}/{code}"


NOWHERE = msgspec.json.encode(Call("GET", "")).decode()
"""The payload of a request whose path is no longer kept."""


def called(payload: str) -> ShownCall:
    """The request in the payload of an effect's entry."""
    return _shown.decode(payload)


def _effect(kind: str, code: str, number: int, call: Call, now: int) -> Entry:
    # A lane a kind: slow vouchers take no slots from answers.
    return Entry(
        key=f"{kind}/{code}",
        seq=number,
        queue=EFFECTS,
        lane=kind,
        kind=kind,
        payload=msgspec.json.encode(call).decode(),
        due=now,
    )


def _path(code: str) -> str:
    return f"{ORDERS_PATH}/{quote(code, safe='')}"
