"""Orders loaded for whoever calls, and what an accept writes, whole or not at all."""

import hashlib
import json
import secrets
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import CursorResult, and_, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.expression import case, func

from bench.peer.rules import event, told
from bench.peer.stored import Merchant, Order
from bench.peer.tables import EntryRow, MerchantRow, OrderRow, StepRow, StreamRow, table
from smartcart.kit.clock import micros

_CALLED = (
    select(MerchantRow.document, OrderRow.document)
    .outerjoin(
        OrderRow, and_(OrderRow.code == bindparam("code"), OrderRow.merchant_id == MerchantRow.id)
    )
    .where(MerchantRow.token_hash == bindparam("token_hash"))
)
_CHANGED = (
    update(table(OrderRow))
    .where(OrderRow.code == bindparam("changed"), OrderRow.version == bindparam("before"))
    .values({name: bindparam(name) for name in ("state", "version", "expires_at", "document")})
)
_ENTERED = insert(table(EntryRow))
_STEPPED = insert(table(StepRow))


async def called(session: AsyncSession, token: str, code: str) -> tuple[Merchant, Order | None]:
    """The merchant whose token it is with its order; raises `LookupError` for no such token."""
    token_hash = hashlib.sha256(token.encode()).hexdigest()
    row = (await session.execute(_CALLED, {"code": code, "token_hash": token_hash})).first()
    if row is None:
        raise LookupError(token)
    order = None if row[1] is None else Order.model_validate_json(row[1])
    return Merchant.model_validate_json(row[0]), order


async def write_accepted(
    session: AsyncSession, merchant: Merchant, before: Order, after: Order, now: datetime
) -> bool:
    """Write it in the session's transaction; False when the order is no longer as it was."""
    is_told = merchant.webhook_enabled and bool(merchant.webhook_url)
    kept, at = told(after, now) if is_told else after, micros(now)
    if not await _changed(session, before, kept):
        return False
    entries = [_event_entry(before, kept, now)] if is_told else []
    if kept.fulfilment == "core":
        entries.append(Entry("voucher", "work", 1, kept.code))
    if entries:
        await session.execute(_ENTERED, [_entry(kept, entry, at) for entry in entries])
        await session.execute(
            _EXTENDED[session.get_bind().dialect.name],
            [_stream(kept, entry, at) for entry in entries],
        )
    await session.execute(_STEPPED, _step(kept, at))
    return True


async def _changed(session: AsyncSession, before: Order, after: Order) -> bool:
    values = {
        "changed": before.code,
        "before": before.version,
        "state": after.state,
        "version": after.version,
        "expires_at": micros(after.expires_at),
        "document": after.model_dump_json(exclude_defaults=True),
    }
    result = await session.execute(_CHANGED, values)
    return cast("CursorResult[Any]", result).rowcount == 1


class Entry(NamedTuple):
    """One thing to be done for an order, in the table `entry` and its stream."""

    kind: str
    queue: str
    seq: int
    payload: str


def _event_entry(before: Order, after: Order, now: datetime) -> Entry:
    payload = event(before, after, now).model_dump_json(exclude_defaults=True, by_alias=True)
    return Entry("webhook", "webhook", after.events, payload)


def _entry(order: Order, entry: Entry, at: int) -> dict[str, Any]:
    return {
        "key": f"{entry.kind}/{order.code}",
        "seq": entry.seq,
        "kind": entry.kind,
        "payload": entry.payload,
        "created_at": at,
    }


def _stream(order: Order, entry: Entry, at: int) -> dict[str, Any]:
    return {
        "key": f"{entry.kind}/{order.code}",
        "queue": entry.queue,
        "lane": order.merchant_id,
        "head": entry.seq,
        "tail": entry.seq,
        "due": at,
    }


def _step(order: Order, at: int) -> dict[str, Any]:
    acceptance = order.acceptance
    assert acceptance is not None
    facts = {
        "pickup_location": acceptance.location.id,
        "pickup_window": acceptance.window.id if acceptance.window else None,
        "parcels": acceptance.parcels,
    }
    return {
        "id": secrets.token_hex(8),
        "key": order.code,
        "at": at,
        "what": "accepted",
        "facts": json.dumps(facts, ensure_ascii=False, separators=(",", ":")),
    }


def _extension(dialect: Any) -> Any:
    """A stream is new, or goes on after its last entry."""
    statement = dialect.insert(table(StreamRow)).values(lease=None, tries=0, first_try=None)
    added = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "tail": case((added.tail > StreamRow.tail, added.tail), else_=StreamRow.tail),
            "due": func.coalesce(StreamRow.due, added.due),
        },
    )


_EXTENDED = {"sqlite": _extension(sqlite), "postgresql": _extension(postgresql)}
