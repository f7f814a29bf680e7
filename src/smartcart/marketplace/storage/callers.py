"""Who calls, and the order they call about, in one look: every call asks for both."""

from typing import NamedTuple

import msgspec

from smartcart.kit.database import Database
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.storage import may_be_kept, merchants, orders


class Caller(NamedTuple):
    """A merchant, and the order of its own that the call names; None when it has no such order."""

    merchant: Merchant
    order: Order | None


class _Row(msgspec.Struct):
    merchant: str
    named: str | None


async def find(database: Database, token: str, code: str) -> Caller | None:
    """Whose token this is, with the order `code`.

    The look-up is by the token's hash, so its time tells nothing.
    """
    rows = await database.read(
        _Row,
        """select merchant.document as merchant, orders.document as named
           from merchant left join orders on orders.code = $2 and orders.merchant_id = merchant.id
           where merchant.token_hash = $1""",
        merchants.hashed(token),
        code if may_be_kept(code) else "",
    )
    if not rows:
        return None
    [row] = rows
    order = None if row.named is None else orders.decoded(row.named)
    return Caller(merchants.decoded(row.merchant), order)
