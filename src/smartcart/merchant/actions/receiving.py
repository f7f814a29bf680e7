"""Keep what came in, whole, and think about it later."""

import hashlib
import secrets

from smartcart import outbox
from smartcart.contract import ContractError, Envelope, parse_envelope, parse_order, to_micros
from smartcart.contract.vocabulary import MAX_CODE_LENGTH
from smartcart.kit import journal
from smartcart.kit.clock import micros, utc_now
from smartcart.kit.database import Conflict, Database, WriteSet
from smartcart.merchant.actions import work
from smartcart.merchant.domain.inbox import Verdict
from smartcart.merchant.domain.order import Source
from smartcart.merchant.storage import inbox

_LONGEST_TYPE = 64


async def receive(database: Database, body: bytes) -> None:
    """Return once the event is durable. Raises `NotAJsonObject` for a body that cannot be one."""
    await _keep(database, body, {})


async def receive_missed(database: Database, body: bytes) -> bool:
    """`receive` an event that was read from the journal, unless it has come by itself.

    Returns whether it was missing.
    """
    return await _keep(database, body, {"by": "journal"}, is_missed=True)


async def _keep(
    database: Database, body: bytes, facts: journal.Facts, *, is_missed: bool = False
) -> bool:
    """False when the event `is_missed` no longer."""
    envelope = parse_envelope(body)
    code = envelope.order_code or _patiently_read(body)
    if not _is_code(code):
        await database.commit(_stray(envelope, body))
        return True
    key = work.events_of(code)
    while True:
        source = Source(key, await outbox.tail(database, key) + 1)
        # What comes after this look has taken the number.
        if is_missed and await inbox.is_kept(database, key, _digest(body)):
            return False
        try:
            await database.commit(_arrival(source, code, envelope, body, facts))
        except Conflict:
            continue  # another event of the same order was first
        return True


def _patiently_read(body: bytes) -> str:
    """A code that is there but not as text."""
    try:
        return parse_order(body).code
    except ContractError:
        return ""


def _is_code(text: str) -> bool:
    """Codes are opaque (contract §4); but what no database can hold is none."""
    return 0 < len(text) <= MAX_CODE_LENGTH and "\0" not in text


def _arrival(
    source: Source, code: str, envelope: Envelope, body: bytes, facts: journal.Facts
) -> WriteSet:
    now = micros(utc_now())
    arrival = _described(source, code, envelope, body, now)
    step = journal.step(code, now, "received", {"event_type": arrival.event_type, **facts})
    return (
        inbox.arrived(arrival, body)
        + outbox.enqueue(work.thinking(source, now), now)
        + WriteSet(effects=(step,))
    )


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _stray(envelope: Envelope, body: bytes) -> WriteSet:
    """An event of no order we can name is kept under a key of its own."""
    now = micros(utc_now())
    source = Source(f"stray/{secrets.token_hex(12)}", 1)
    return inbox.arrived(_described(source, "", envelope, body, now), body, Verdict.KEEP)


def _described(
    source: Source, code: str, envelope: Envelope, body: bytes, now: int
) -> inbox.Arrival:
    return inbox.Arrival(
        source=source,
        code=code,
        event_type=envelope.event_type.replace("\0", "")[:_LONGEST_TYPE],
        event_time=to_micros(envelope.event_time) if envelope.event_time else None,
        digest=_digest(body),
        received_at=now,
    )
