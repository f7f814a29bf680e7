"""Merchants: who they are, and their token."""

from smartcart.kit.database import Conflict, Database, Guard, WriteSet
from smartcart.marketplace.actions import minting
from smartcart.marketplace.domain.merchant import Merchant, check
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from smartcart.marketplace.storage import merchants


async def add(database: Database, merchant: Merchant) -> str:
    """Add a merchant; returns its token, which is told this once and kept only as a hash."""
    check(merchant)
    token = minting.token()
    try:
        await database.commit(WriteSet(guards=(merchants.inserted(merchant, token),)))
    except Conflict:
        raise Refused(
            RefusalCode.MERCHANT, f"id: '{merchant.id}' is taken; choose another"
        ) from None
    return token


async def renew_token(database: Database, merchant_id: str) -> str:
    """A new token; the old one ends at once (contract §2)."""
    token = minting.token()
    await _write(database, merchant_id, merchants.token_replaced(merchant_id, token))
    return token


async def change(database: Database, merchant: Merchant) -> None:
    """Keep what an operator changed of a merchant: its webhook URL, its switches."""
    check(merchant)
    await _write(database, merchant.id, merchants.updated(merchant))


async def _write(database: Database, merchant_id: str, guard: Guard) -> None:
    try:
        await database.commit(WriteSet(guards=(guard,)))
    except Conflict:
        raise Refused(RefusalCode.MERCHANT, f"merchant '{merchant_id}' is not known here") from None
