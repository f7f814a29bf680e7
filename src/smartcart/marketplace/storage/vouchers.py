"""Voucher PDFs, found by the token of their URL alone (contract §5)."""

import msgspec

from smartcart.kit.database import Database, Effect, Statement
from smartcart.marketplace.storage import VOUCHER_RANK, may_be_kept

_INSERT = Statement(
    "insert into voucher (token, order_code, created_at, pdf) values ($1, $2, $3, $4)",
    rank=VOUCHER_RANK,
)


class StoredVoucher(msgspec.Struct):
    order_code: str
    pdf: bytes


def inserted(token: str, order_code: str, created_at: int, pdf: bytes) -> Effect:
    return _INSERT.effect(order_code, token, order_code, created_at, pdf)


async def find(database: Database, token: str) -> StoredVoucher | None:
    if not may_be_kept(token):
        return None
    rows = await database.read(
        StoredVoucher, "select order_code, pdf from voucher where token = $1", token
    )
    return rows[0] if rows else None
