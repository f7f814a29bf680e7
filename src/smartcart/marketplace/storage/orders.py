"""Orders: the whole order as one document, beside the columns that are searched."""

from collections.abc import Sequence
from itertools import repeat

import msgspec

from smartcart.kit.clock import micros
from smartcart.kit.database import Database, Guard, Many, Statement
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.storage import ORDER_RANK, may_be_kept

_INSERT = Statement(
    """insert into orders
           (code, merchant_id, state, version, created_at, expires_at, pickup_at, document)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (code) do nothing""",
    rank=ORDER_RANK,
)
_UPDATE = Statement(
    """update orders set state = $2, version = $3, expires_at = $4, pickup_at = $5, document = $6
       where code = $1 and version = $7""",
    rank=ORDER_RANK,
)
# Of the document the counters alone: to decode and encode all of it takes longer than to write it.
# In a text of JSON a quote is escaped, so what is looked for is those two fields and nothing else.
_TOLD = Many(
    """update orders set version = v.column2, document = replace(document, v.column3, v.column4)
       from (:rows) as v
       where orders.code = v.column1 and orders.version = v.column2 - 1
             and document like '%' || v.column3 || '%'""",
    ("text", "bigint", "text", "text"),
    rank=ORDER_RANK,
)
# A multiple of it is asked for, so that few texts are prepared.
_ASKED_FOR = 50
_order = msgspec.json.Decoder(Order)


class Counters(msgspec.Struct, frozen=True):
    """What an `Order` counts, and whose it is."""

    code: str
    merchant_id: str
    version: int
    events: int

    @property
    def text(self) -> str:
        """As they stand in an order's document."""
        return f'"version":{self.version},"events":{self.events},'


_counters = msgspec.json.Decoder(Counters)


class _Row(msgspec.Struct):
    document: str


class _Code(msgspec.Struct):
    code: str


def inserted(order: Order) -> Guard:
    """A new order; a code that is taken is a conflict."""
    return _INSERT.guard(
        order.code,
        order.code,
        order.merchant_id,
        order.state,
        order.version,
        micros(order.created_at),
        micros(order.expires_at),
        _pickup_at(order),
        _document(order),
    )


def updated(before: Order, after: Order) -> Guard:
    """The order after a change; a conflict when it is no longer as it was `before`."""
    return _UPDATE.guard(
        after.code,
        after.code,
        after.state,
        after.version,
        micros(after.expires_at),
        _pickup_at(after),
        _document(after),
        before.version,
    )


def told(changes: Sequence[tuple[Counters, Counters]]) -> tuple[Guard, ...]:
    """Orders that were told of once more, before and after, with which nothing else is new.

    A conflict when one is no longer of the version before.
    """
    return _TOLD.guards(
        [(after.code, after.version, before.text, after.text) for before, after in changes]
    )


def decoded(document: str) -> Order:
    """The order of a row."""
    return _order.decode(document)


async def find(database: Database, code: str) -> Order | None:
    if not may_be_kept(code):
        return None
    rows = await database.read(_Row, "select document from orders where code = $1", code)
    return decoded(rows[0].document) if rows else None


async def counters(database: Database, codes: Sequence[str]) -> dict[str, Counters]:
    """Those of the orders `codes` that there are, by code. One query asks for all."""
    if not codes:
        return {}
    asked_for = [*codes, *repeat(codes[-1], -len(codes) % _ASKED_FOR)]
    places = ", ".join(f"${n}" for n in range(1, len(asked_for) + 1))
    sql = f"select document from orders where code in ({places})"  # noqa: S608 - $1, $2 …
    rows = await database.read(_Row, sql, *asked_for)
    found = [_counters.decode(row.document) for row in rows]
    return {order.code: order for order in found}


async def page(
    database: Database, *, state: str, limit: int, before: int, before_code: str = ""
) -> list[Order]:
    """Orders created before `before` (microseconds), newest first, of any state when it is ''.

    Of those created at `before` itself, as the orders of one cart are together, the ones whose
    code comes before `before_code`.
    """
    if not may_be_kept(state, before_code):
        return []
    rows = await database.read(
        _Row,
        """select document from orders
           where (created_at, code) < ($1, $2) and ($3 = '' or state = $3)
           order by created_at desc, code desc limit $4""",
        before,
        before_code,
        state,
        limit,
    )
    return [decoded(row.document) for row in rows]


async def pickups(
    database: Database, *, since: int, until: int, after_code: str, limit: int
) -> list[Order]:
    """Accepted orders whose pickup begins from `since` on and before `until`, in this order.

    Of those at `since` itself, the ones whose code comes after `after_code`.
    """
    if not may_be_kept(after_code):
        return []
    rows = await database.read(
        _Row,
        """select document from orders
           where state = 'accepted' and (pickup_at, code) > ($1, $2) and pickup_at < $3
           order by pickup_at, code limit $4""",
        since,
        after_code,
        until,
        limit,
    )
    return [decoded(row.document) for row in rows]


async def expired(database: Database, now: int, limit: int) -> list[str]:
    """Codes of open orders whose time is over, the longest first."""
    rows = await database.read(
        _Code,
        """select code from orders where state = 'open' and expires_at <= $1
           order by expires_at limit $2""",
        now,
        limit,
    )
    return [row.code for row in rows]


def _pickup_at(order: Order) -> int | None:
    return micros(order.pickup.start) if order.pickup else None


def _document(order: Order) -> str:
    return msgspec.json.encode(order).decode()
