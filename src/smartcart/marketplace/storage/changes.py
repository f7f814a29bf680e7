"""The changes of orders, in an order that a reader can follow and miss nothing.

A row is written in the commit of the change. Its place is the number of its transaction and, within
that, the order of writing. On PostgreSQL transactions end in another order than they began: what is
read is below the oldest that is still under way, so that nothing can yet appear before it. (SQLite
has one writer.) The numbers are those of the server; in another one, to which a dump was brought,
they begin anew: `begin_anew` starts another *epoch*, and places of the one before hold no more.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from smartcart.kit.database import Database, Effect, Many, Statement, WriteSet
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.storage import CHANGE_RANK
from smartcart.marketplace.storage.orders import Counters, decoded

_Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]
# No change takes as long from the moment it is dated to the transaction that writes it.
_LATEST = 600 * 1_000_000

_INSERT = Statement(
    """insert into order_change (merchant_id, at, code, version, event, payload)
       values ($1, $2, $3, $4, $5, $6)""",
    rank=CHANGE_RANK,
)
_MADE = Many(
    "insert into order_change (code, merchant_id, at, version) :rows",
    ("text", "text", "bigint", "bigint"),
    rank=CHANGE_RANK,
)
_RENUMBER = Statement(
    """update order_change set tx = (select beyond from order_change_horizon) - 1
       where tx >= (select beyond from order_change_horizon)""",
    rank=CHANGE_RANK,
)
_NEXT_EPOCH = Statement(
    "update order_change_epoch set epoch = epoch + 1 where epoch = $1", rank=CHANGE_RANK + 1
)


class Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Behind this change; behind none of them when it is all 0 but for the epoch.

    `skipping` says that who reads began with the oldest there is, and has not come to the end yet:
    what is no longer kept was never promised.
    """

    epoch: _Number
    tx: _Number = 0
    position: _Number = 0
    skipping: bool = False


class Event(msgspec.Struct, frozen=True):
    """An event, and its place. `payload` is None when it is no longer kept."""

    tx: int
    position: int
    payload: str | None


class Change(msgspec.Struct, frozen=True):
    """A change, and its place; with `order` where that was asked for and not changed since."""

    tx: int
    position: int
    document: str | None

    @property
    def order(self) -> Order | None:
        return decoded(self.document) if self.document is not None else None


class _Epoch(msgspec.Struct):
    epoch: int


class _Place(msgspec.Struct):
    tx: int
    position: int


def made(order: Order, at: int) -> Effect:
    """The order has changed at `at` (microseconds), and nobody is told."""
    return _change(order, at, None, None)


def all_made(orders: Sequence[Counters], at: int) -> tuple[Effect, ...]:
    """The orders have changed, and nobody is told."""
    return _MADE.effects([(one.code, one.merchant_id, at, one.version) for one in orders])


def told(order: Order, at: int) -> Effect:
    """The order has changed, and its latest event is in the outbox."""
    return _change(order, at, order.events, None)


def kept(order: Order, at: int, payload: str) -> Effect:
    """The order has changed, and `payload`, which tells of it, is sent to nobody."""
    return _change(order, at, None, payload)


def _change(order: Order, at: int, event: int | None, payload: str | None) -> Effect:
    return _INSERT.effect(
        order.code, order.merchant_id, at, order.code, order.version, event, payload
    )


async def epoch(database: Database) -> int:
    [row] = await database.read(_Epoch, "select epoch from order_change_epoch")
    return row.epoch


async def newest(database: Database, merchant_id: str) -> Place:
    """The place of the merchant's newest change that is certain."""
    rows = await database.read(
        _Place,
        """select c.tx as tx, c.position as position
           from order_change c join order_change_horizon h on c.tx < h.tx
           where c.merchant_id = $1 order by c.tx desc, c.position desc limit 1""",
        merchant_id,
    )
    return await _in_epoch(database, rows)


async def before(database: Database, merchant_id: str, at: int) -> Place:
    """A place with nothing of the merchant's since `at` (microseconds) before it."""
    rows = await database.read(
        _Place,
        """select tx, position from order_change where merchant_id = $1 and at <= $2
           order by at desc limit 1""",
        merchant_id,
        at - _LATEST,
    )
    return await _in_epoch(database, rows)


async def _in_epoch(database: Database, rows: list[_Place]) -> Place:
    now = await epoch(database)
    return Place(now, rows[0].tx, rows[0].position) if rows else Place(now)


async def events(database: Database, merchant_id: str, after: Place, limit: int) -> list[Event]:
    """The merchant's events behind `after`, in order."""
    return await database.read(
        Event,
        """select c.tx as tx, c.position as position, coalesce(c.payload, e.payload) as payload
           from order_change c join order_change_horizon h on c.tx < h.tx
                left join entry e on e.key = 'webhook/' || c.code and e.seq = c.event
           where c.merchant_id = $1 and (c.tx, c.position) > ($2, $3)
                 and (c.event is not null or c.payload is not null)
                 and ($5 = 0 or c.payload is not null or e.payload is not null)
           order by c.tx, c.position limit $4""",
        merchant_id,
        after.tx,
        after.position,
        limit,
        int(after.skipping),
    )


async def orders(
    database: Database, merchant_id: str, after: Place, *, state: str, since: int, limit: int
) -> list[Change]:
    """The next changes behind `after`, each with its order where that is wanted.

    Wanted is an order in `state` ('' for any) that has not changed since, and changed after
    `since` (microseconds).
    """
    return await database.read(
        Change,
        """select c.tx as tx, c.position as position, o.document as document
           from (select l.tx as tx, l.position as position, l.at as at, l.code as code,
                        l.version as version
                 from order_change l join order_change_horizon h on l.tx < h.tx
                 where l.merchant_id = $1 and (l.tx, l.position) > ($2, $3)
                 order by l.tx, l.position limit $4) c
                left join orders o on o.code = c.code and o.version = c.version and c.at > $5
                                      and ($6 = '' or o.state = $6)
           order by c.tx, c.position""",
        merchant_id,
        after.tx,
        after.position,
        limit,
        since,
        state,
    )


async def begin_anew(database: Database) -> bool:
    """Start another epoch if the database was moved to where transactions have lower numbers.

    To be called before anything is written there.
    """
    moved = await database.read(
        _Epoch,
        """select h.epoch as epoch from order_change_horizon h
           where exists (select 1 from merchant m where
                         (select max(c.tx) from order_change c where c.merchant_id = m.id)
                         >= h.beyond)""",
    )
    for row in moved:
        effects = (_RENUMBER.effect("all"), _NEXT_EPOCH.effect("epoch", row.epoch))
        await database.commit(WriteSet(effects=effects))
    return bool(moved)
