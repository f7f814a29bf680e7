"""Merchants and their tokens. A token is stored only as its SHA-256: it is 256 random bits."""

import hashlib
from collections.abc import Sequence

import msgspec

from smartcart.kit.database import Database, Guard, Statement
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.storage import MERCHANT_RANK

_INSERT = Statement(
    """insert into merchant (id, token_hash, document) values ($1, $2, $3)
       on conflict (id) do nothing""",
    rank=MERCHANT_RANK,
)
_UPDATE = Statement("update merchant set document = $2 where id = $1", rank=MERCHANT_RANK)
_NEW_TOKEN = Statement("update merchant set token_hash = $2 where id = $1", rank=MERCHANT_RANK)
_merchant = msgspec.json.Decoder(Merchant)


class _Row(msgspec.Struct):
    document: str


def inserted(merchant: Merchant, token: str) -> Guard:
    """A new merchant; an id that is taken is a conflict."""
    return _INSERT.guard(merchant.id, merchant.id, hashed(token), _document(merchant))


def updated(merchant: Merchant) -> Guard:
    return _UPDATE.guard(merchant.id, merchant.id, _document(merchant))


def token_replaced(merchant_id: str, token: str) -> Guard:
    """The merchant's one token; the old one ends at once (contract §2)."""
    return _NEW_TOKEN.guard(merchant_id, merchant_id, hashed(token))


def decoded(document: str) -> Merchant:
    """The merchant of a row."""
    return _merchant.decode(document)


async def find(database: Database, merchant_id: str) -> Merchant | None:
    rows = await database.read(_Row, "select document from merchant where id = $1", merchant_id)
    return decoded(rows[0].document) if rows else None


async def find_all(database: Database, merchant_ids: Sequence[str]) -> dict[str, Merchant]:
    """Those of `merchant_ids` that there are, by id. Made for some dozens: one query asks all."""
    places = ", ".join(f"${n}" for n in range(1, len(merchant_ids) + 1))
    sql = f"select document from merchant where id in ({places})"  # noqa: S608 - $1, $2 …
    found = [decoded(row.document) for row in await database.read(_Row, sql, *merchant_ids)]
    return {merchant.id: merchant for merchant in found}


async def all_of_them(database: Database) -> list[Merchant]:
    rows = await database.read(_Row, "select document from merchant order by id")
    return [decoded(row.document) for row in rows]


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _document(merchant: Merchant) -> str:
    return msgspec.json.encode(merchant).decode()
