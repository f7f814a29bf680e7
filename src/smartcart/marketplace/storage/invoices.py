"""Invoice files, found by the token of their URL alone (contract §5), one an order.

They are kept in pieces, so that serving one holds a piece in memory and no read is long.
"""

from collections.abc import AsyncIterator

import msgspec

from smartcart.kit.database import Database, Statement, WriteSet
from smartcart.marketplace.storage import INVOICE_RANK, may_be_kept

_PIECE_BYTES = 256 * 1024
_DELETE = Statement("delete from invoice where order_code = $1", rank=INVOICE_RANK)
_INSERT = Statement(
    """insert into invoice (order_code, piece, token, media_type, size, content)
       values ($1, $2, $3, $4, $5, $6)""",
    rank=INVOICE_RANK + 1,
)


class StoredInvoice(msgspec.Struct):
    """`size` is in bytes."""

    order_code: str
    media_type: str
    size: int


class _Piece(msgspec.Struct):
    content: bytes


class Gone(Exception):
    """The invoice was replaced while it was read."""


def replaced(token: str, order_code: str, media_type: str, content: bytes) -> WriteSet:
    """The order's one invoice; the one before ends with its token.

    To be committed with a guard on the order: nothing here keeps two from replacing it at once.
    """
    size = len(content)
    inserted = (
        _INSERT.effect(
            f"{order_code}/{piece:04}",
            order_code,
            piece,
            token,
            media_type,
            size,
            content[start : start + _PIECE_BYTES],
        )
        for piece, start in enumerate(range(0, size, _PIECE_BYTES))
    )
    return WriteSet(effects=(_DELETE.effect(order_code, order_code), *inserted))


async def find(database: Database, token: str) -> StoredInvoice | None:
    if not may_be_kept(token):
        return None
    rows = await database.read(
        StoredInvoice,
        "select order_code, media_type, size from invoice where token = $1 and piece = 0",
        token,
    )
    return rows[0] if rows else None


async def content(database: Database, token: str, size: int) -> AsyncIterator[bytes]:
    """The invoice piece by piece; raises `Gone` when it ends before `size` bytes."""
    for piece in range(-(-size // _PIECE_BYTES)):
        rows = await database.read(
            _Piece, "select content from invoice where token = $1 and piece = $2", token, piece
        )
        if not rows:
            raise Gone
        yield rows[0].content
