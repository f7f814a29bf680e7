"""What the dashboard gives of an order, as plain values for JSON."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from smartcart import outbox
from smartcart.kit import journal
from smartcart.kit.clock import from_micros
from smartcart.kit.journal.feed import told
from smartcart.merchant.actions import work
from smartcart.merchant.domain.order import Decided
from smartcart.merchant.storage.inbox import Kept
from smartcart.merchant.storage.orders import OrderRow
from smartcart.merchant.storage.prints import Print
from smartcart.merchant.wording import LANGUAGES, explain
from smartcart.outbox import Attempt, Recorded

View = dict[str, object]


_BOM = b"\xef\xbb\xbf"


class _Document(msgspec.Struct):
    order: msgspec.Raw = msgspec.Raw(b"null")


def summary(row: OrderRow) -> View:
    """An order as a row of a list."""
    order = row.order()
    return {
        "code": row.code,
        "status": row.status,
        "state": order.state,
        "created_at": from_micros(row.created_at),
        "updated_at": from_micros(row.updated_at),
        "expires_at": _moment(row.expires_at),
        "decision": order.decision,
        "basis": order.basis,
        "explanation": _explained(order.decided),
    }


def _explained(decided: Decided | None) -> dict[str, str]:
    """The decision in a sentence, by language; empty before there is one."""
    if decided is None:
        return {}
    return {name: explain(decided, language) for name, language in LANGUAGES.items()}


def document(body: bytes | None) -> msgspec.Raw:
    """The order as it was told last, key for key."""
    try:
        return msgspec.json.decode((body or b"{}").removeprefix(_BOM), type=_Document).order
    except msgspec.MsgspecError:
        return msgspec.Raw(b"null")


def steps(history: Sequence[journal.Step]) -> list[View]:
    return [told(step) for step in history]


def event(kept: Kept) -> View:
    return {
        "received_at": from_micros(kept.received_at),
        "event_type": kept.event_type,
        "event_time": _moment(kept.event_time),
        "verdict": kept.verdict,
        "body": kept.body.decode(errors="replace"),
    }


def calls(entries: Sequence[Recorded], attempts: Sequence[Attempt]) -> list[View]:
    """Every request made or to be made for an order, with what came of each try."""
    made = outbox.by_seq(attempts)
    return [
        {
            "kind": entry.kind,
            "at": from_micros(entry.created_at),
            "request": work.called(entry.payload),
            "attempts": made[entry.seq],
        }
        for entry in entries
    ]


def prints(printed: Sequence[Print]) -> list[View]:
    return [{"file": one.file, "printed_at": from_micros(one.printed_at)} for one in printed]


def _moment(count: int | None) -> datetime | None:
    """A time that somebody else gave; None as well for one beyond the calendar."""
    try:
        return None if count is None else from_micros(count)
    except OverflowError:
        return None
