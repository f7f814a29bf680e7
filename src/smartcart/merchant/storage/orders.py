"""Orders: where each stands, as one document beside the columns that are searched and guarded.

`status` and `version` are in columns alone, for they may move without the rest.
"""

from collections.abc import Collection

import msgspec
from msgspec.structs import replace

from smartcart.kit.database import Database, Effect, Guard, Statement
from smartcart.merchant.domain.order import ShopOrder, Status
from smartcart.merchant.storage import ORDER_RANK

_INSERT = Statement(
    """insert into shop_order
           (code, version, status, expires_at, created_at, updated_at, document)
       values ($1, $2, $3, $4, $5, $5, $6) on conflict (code) do nothing""",
    rank=ORDER_RANK,
)
_UPDATE = Statement(
    """update shop_order set version = $2, status = $3, expires_at = $4, updated_at = $5,
           document = $6, personal = 1
       where code = $1 and version = $7""",
    rank=ORDER_RANK,
)
_FORGET = Statement(
    """update shop_order set version = version + 1, document = $3, personal = 0
       where code = $1 and version = $2""",
    rank=ORDER_RANK,
)
_PERSONAL = Statement(
    "update shop_order set personal = 1 where code = $1 and personal = 0", rank=ORDER_RANK
)
_ASK = Statement("update shop_order set forget = 1 where code = $1", rank=ORDER_RANK)
_UNCHANGED = Statement(
    "update shop_order set version = version where code = $1 and version = $2", rank=ORDER_RANK
)
_MOVE = Statement(
    """update shop_order set status = $3, version = version + 1, updated_at = $4
       where code = $1 and status = $2""",
    rank=ORDER_RANK,
)
_TOUCH = Statement("update shop_order set updated_at = $2 where code = $1", rank=ORDER_RANK)
_SELECT = """select code, version, status, expires_at, created_at, updated_at, document
    from shop_order"""
_order = msgspec.json.Decoder(ShopOrder)


_DOUBTED = 2 * 86_400 * 1_000_000


class OrderRow(msgspec.Struct, frozen=True):
    """An order with the times of its row, in microseconds."""

    code: str
    version: int
    status: Status
    expires_at: int | None
    created_at: int
    updated_at: int
    document: str

    def order(self) -> ShopOrder:
        return decoded(self.document, self.version, self.status)


class Place(msgspec.Struct, frozen=True):
    """Behind this order, in the order in which orders were last heard of; before all of them."""

    updated_at: int = -1
    code: str = ""


class _Standing(msgspec.Struct):
    code: str
    status: Status


class _Code(msgspec.Struct):
    code: str


class _Count(msgspec.Struct):
    orders: int


def decoded(document: str, version: int, status: Status) -> ShopOrder:
    """The order of a row."""
    return replace(_order.decode(document), version=version, status=status)


def saved(before: ShopOrder | None, after: ShopOrder, now: int) -> Guard:
    """The order after a change; a conflict when it is no longer as it was `before`."""
    document = msgspec.json.encode(after).decode()
    values = (after.code, after.version, after.status, after.expires_at, now, document)
    if before is None:
        return _INSERT.guard(after.code, *values)
    return _UPDATE.guard(after.code, *values, before.version)


def unchanged(order: ShopOrder) -> Guard:
    """A conflict when the order is no longer as it was loaded."""
    return _UNCHANGED.guard(order.code, order.code, order.version)


def moved(code: str, before: Status, after: Status, now: int) -> Effect:
    """The order moves from one status to another, unless it has left the first by itself."""
    return _MOVE.effect(code, code, before, after, now)


def touched(code: str, now: int) -> Effect:
    """Something was heard of the order, or it was asked in vain."""
    return _TOUCH.effect(code, code, now)


def forgotten(before: ShopOrder, after: ShopOrder) -> Guard:
    """Only this is left of the order, and nothing of its customer; a conflict when it changed."""
    document = msgspec.json.encode(after).decode()
    return _FORGET.guard(before.code, before.code, before.version, document)


def told_again(code: str) -> Effect:
    """Something of its customer is kept again, if the order was forgotten."""
    return _PERSONAL.effect(code, code)


def asked_to_forget(code: str) -> Guard:
    """Its customer is to be forgotten whenever it is finished; a conflict when there is none."""
    return _ASK.guard(code, code)


async def outlived(database: Database, before: int, after: Place, limit: int) -> list[Place]:
    """Finished orders last heard of by `before` (microseconds) whose customer is still known."""
    return await database.read(
        Place,
        """select updated_at, code from shop_order
           where personal = 1 and updated_at <= $1 and updated_at >= $2
               and (updated_at, code) > ($2, $3)
               and status in ('rejected', 'cancelled', 'expired', 'handed_over')
           order by updated_at, code limit $4""",
        before,
        after.updated_at,
        after.code,
        limit,
    )


async def unfinished(database: Database, before: int) -> int:
    """How many orders last heard of by `before` (microseconds) are not finished."""
    [row] = await database.read(
        _Count,
        """select count(*) as orders from shop_order
           where personal = 1 and updated_at <= $1
               and status not in ('rejected', 'cancelled', 'expired', 'handed_over')""",
        before,
    )
    return row.orders


async def to_forget(database: Database, after: str, limit: int) -> list[str]:
    """Codes of finished orders that are to be forgotten because somebody asked, in their order."""
    rows = await database.read(
        _Code,
        """select code from shop_order
           where forget = 1 and personal = 1 and code > $1
               and status in ('rejected', 'cancelled', 'expired', 'handed_over')
           order by code limit $2""",
        after,
        limit,
    )
    return [row.code for row in rows]


async def expiring(database: Database, after: int, until: int, limit: int) -> list[ShopOrder]:
    """Orders to be answered that expire in that time (microseconds), the first first."""
    rows = await database.read(
        OrderRow,
        f"""{_SELECT}
            where status in ('waiting', 'held', 'accepting', 'rejecting', 'needs_attention')
                and expires_at > $1 and expires_at <= $2
           order by expires_at, code limit $3""",
        after,
        until,
        limit,
    )
    return [row.order() for row in rows]


async def find(database: Database, code: str) -> ShopOrder | None:
    row = await find_row(database, code)
    return row.order() if row else None


async def find_row(database: Database, code: str) -> OrderRow | None:
    rows = await database.read(OrderRow, f"{_SELECT} where code = $1", code)
    return rows[0] if rows else None


async def statuses(database: Database, codes: Collection[str]) -> dict[str, Status]:
    """Where these orders stand, of those that are known."""
    marks = ", ".join(f"${n}" for n in range(1, len(codes) + 1))
    sql = f"select code, status from shop_order where code in ({marks})"  # noqa: S608 - $1, $2 …
    return {row.code: row.status for row in await database.read(_Standing, sql, *codes)}


async def page(
    database: Database, *, status: str, before: int, limit: int, before_code: str = ""
) -> list[OrderRow]:
    """Orders first heard of before `before` (microseconds), newest first; of any status for ''.

    Of those first heard of at `before` itself, the ones whose code comes before `before_code`.
    """
    return await database.read(
        OrderRow,
        f"""{_SELECT} where (created_at, code) < ($1, $2) and ($3 = '' or status = $3)
            order by created_at desc, code desc limit $4""",
        before,
        before_code,
        status,
        limit,
    )


async def held(database: Database, after: str, limit: int) -> list[str]:
    """Codes of orders that wait for a person, those after `after`."""
    rows = await database.read(
        _Code,
        """select code from shop_order where status = 'held' and code > $1
           order by code limit $2""",
        after,
        limit,
    )
    return [row.code for row in rows]


async def unanswered(database: Database, quiet_since: int, limit: int) -> list[str]:
    """Codes of orders to be answered that nothing was heard of since then (microseconds).

    The first to expire come first; after them those whose reject was confirmed, and of which nobody
    has told that they are rejected.
    """
    first_to_expire = await database.read(
        _Code,
        """select code from shop_order
           where status in ('waiting', 'held', 'accepting', 'rejecting', 'needs_attention')
               and updated_at <= $1
           order by coalesce(expires_at, 9007199254740991), code limit $2""",
        quiet_since,
        limit,
    )
    unconfirmed = await database.read(
        _Code,
        """select code from shop_order
           where status = 'rejected' and updated_at <= $1 and updated_at > $2
               and document like '%"state":"open"%'
           order by updated_at, code limit $3""",
        quiet_since,
        quiet_since - _DOUBTED,
        limit,
    )
    return [row.code for row in (*first_to_expire, *unconfirmed)]


async def at_the_shop(database: Database, quiet_since: int, limit: int) -> list[str]:
    """Codes of accepted orders that nothing was heard of since then, the longest quiet first."""
    rows = await database.read(
        _Code,
        """select code from shop_order where status = 'accepted' and updated_at <= $1
           order by updated_at, code limit $2""",
        quiet_since,
        limit,
    )
    return [row.code for row in rows]
