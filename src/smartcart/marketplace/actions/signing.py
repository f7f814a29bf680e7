"""The keys a merchant's webhook requests are signed with: two are live while they change."""

import os
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from smartcart.contract import signatures
from smartcart.kit.clock import Clock, from_micros, micros, utc_now
from smartcart.kit.database import Conflict, Database, WriteSet
from smartcart.kit.sealing import Seal
from smartcart.marketplace.actions import loading
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from smartcart.marketplace.storage import signing_keys
from smartcart.marketplace.storage.signing_keys import SealedKey


class Kind(StrEnum):
    HMAC = "hmac"
    """A secret that marketplace and shop share."""
    ED25519 = "ed25519"
    """A pair: the shop has the public half alone, and cannot sign."""


@dataclass(frozen=True, slots=True)
class LiveKey:
    """A key that signs. `shop_key` is what the shop verifies with."""

    number: int
    created_at: datetime
    kind: Kind
    shop_key: str = field(repr=False)


async def live(database: Database, seal: Seal, merchant_id: str) -> list[LiveKey]:
    """The merchant's keys, the newest first. Raises `CannotOpen`."""
    await loading.merchant(database, merchant_id)
    found = await signing_keys.of_merchant(database, merchant_id)
    return [_live(key, seal.open(key.sealed, merchant_id)) for key in found]


async def rotate(
    database: Database, seal: Seal, merchant_id: str, kind: Kind, clock: Clock = utc_now
) -> LiveKey:
    """Make another key. It signs beside the one there is; what was before that ends."""
    await loading.merchant(database, merchant_id)
    text = _made(kind)
    while True:
        found = await signing_keys.of_merchant(database, merchant_id)
        newest = found[0].number if found else 0
        key = SealedKey(newest + 1, micros(clock()), seal.close(text, merchant_id))
        written = WriteSet(
            guards=(signing_keys.inserted(merchant_id, key),),
            effects=(signing_keys.deleted_before(merchant_id, newest),),
        )
        try:
            await database.commit(written)
        except Conflict:
            continue  # somebody else has made one
        return _live(key, text)


async def end_old(database: Database, merchant_id: str) -> int:
    """End every key but the newest; how many there were. Raises `Refused` when there is none."""
    await loading.merchant(database, merchant_id)
    found = await signing_keys.of_merchant(database, merchant_id)
    if not found:
        raise Refused(RefusalCode.MERCHANT, f"signing: '{merchant_id}' has no key; make one first")
    ended = signing_keys.deleted_before(merchant_id, found[0].number)
    await database.commit(WriteSet(effects=(ended,)))
    return len(found) - 1


def _made(kind: Kind) -> str:
    prefix = signatures.HMAC if kind is Kind.HMAC else signatures.PRIVATE
    return signatures.written(prefix, os.urandom(32))


def _live(key: SealedKey, text: str) -> LiveKey:
    moment = from_micros(key.created_at)
    if text.startswith(signatures.HMAC):
        return LiveKey(key.number, moment, Kind.HMAC, text)
    return LiveKey(key.number, moment, Kind.ED25519, signatures.public_key(text))
