"""Pieces in the shop, and how many of them are reserved for which order.

`stock.reserved` is the sum of the open reservations of its product at every commit: both change in
one write set, and only together.
"""

from collections.abc import Collection, Iterator

import msgspec

from smartcart.kit.database import Database, Effect, Guard, Statement, Value, WriteSet
from smartcart.merchant.domain.reservations import Change
from smartcart.merchant.domain.shelves import Shelf
from smartcart.merchant.domain.skus import UNCOUNTED, Sku
from smartcart.merchant.storage import RESERVATION_RANK, STOCK_RANK

_ASKED_AT_ONCE = 200
RELEASED, HANDED_OVER = "released", "handed_over"

_OPEN = Statement(
    """insert into reservation (code, shop_uid, shop_variation_uid, quantity, ended, changed_at)
       values ($1, $2, $3, $4, null, $5)
       on conflict (code, shop_uid, shop_variation_uid) do update
       set quantity = excluded.quantity, ended = null, changed_at = excluded.changed_at
       where reservation.ended is not null""",
    rank=RESERVATION_RANK,
)
_RESIZE = Statement(
    """update reservation set quantity = $4, changed_at = $5
       where code = $1 and shop_uid = $2 and shop_variation_uid = $3 and quantity = $6
           and ended is null""",
    rank=RESERVATION_RANK,
)
_END = Statement(
    """update reservation set ended = $4, changed_at = $5
       where code = $1 and shop_uid = $2 and shop_variation_uid = $3 and quantity = $6
           and ended is null""",
    rank=RESERVATION_RANK,
)
_RESERVE = Statement(
    """update stock set reserved = reserved + $3
       where shop_uid = $1 and shop_variation_uid = $2 and known = 1
           and (quantity is null or quantity - reserved >= $3)""",
    rank=STOCK_RANK,
)
_RELEASE = Statement(
    """update stock set reserved = reserved - $3
       where shop_uid = $1 and shop_variation_uid = $2""",
    rank=STOCK_RANK,
)
_HAND_OVER = Statement(
    """update stock set reserved = reserved - $3,
           quantity = case when quantity < $3 then 0 else quantity - $3 end
       where shop_uid = $1 and shop_variation_uid = $2""",
    rank=STOCK_RANK,
)
_COUNT = Statement(
    """insert into stock (shop_uid, shop_variation_uid, known, quantity, reserved, as_of)
       values ($1, $2, 1, $3, 0, $4)
       on conflict (shop_uid, shop_variation_uid) do update
       set known = 1, quantity = excluded.quantity, as_of = excluded.as_of""",
    rank=STOCK_RANK,
)
_FORGET = Statement(
    """update stock set known = 0, quantity = null, as_of = $3
       where shop_uid = $1 and shop_variation_uid = $2""",
    rank=STOCK_RANK,
)


class StockRow(msgspec.Struct, frozen=True):
    """One product. `quantity` None: the shop has it and does not say how many.

    `known` False: the shop's source no longer mentions it. `as_of` is when it last said so.
    """

    shop_uid: str
    shop_variation_uid: str
    known: bool
    quantity: int | None
    reserved: int
    as_of: int

    @property
    def sku(self) -> Sku:
        return Sku(self.shop_uid, self.shop_variation_uid)

    @property
    def left(self) -> int:
        """Pieces that may yet be promised."""
        return UNCOUNTED if self.quantity is None else max(0, self.quantity - self.reserved)


class _Asked(StockRow, frozen=True):
    doubt: str

    def shelf(self) -> Shelf:
        return Shelf({"": self.left}, self.as_of, {"": self.doubt} if self.doubt else {})


class _Reserved(msgspec.Struct):
    shop_uid: str
    shop_variation_uid: str
    quantity: int


_SELECT = "select shop_uid, shop_variation_uid, known, quantity, reserved, as_of from stock"


def changed(code: str, change: Change, ending: str, now: int) -> WriteSet:
    """An order holds other pieces than before.

    A conflict when there are not enough left, or when it no longer held what it held `before`.
    """
    sku, more = change.sku, change.after - change.before
    guards: tuple[Guard, ...] = (_reservation(code, change, ending, now),)
    if more > 0:
        return WriteSet(guards=(*guards, _RESERVE.guard(str(sku), *sku, more)))
    statement = _HAND_OVER if ending == HANDED_OVER else _RELEASE
    return WriteSet(guards=guards, effects=(statement.effect(str(sku), *sku, -more),))


def _reservation(code: str, change: Change, ending: str, now: int) -> Guard:
    key, row = f"{code}/{change.sku}", (code, *change.sku)
    if not change.before:
        return _OPEN.guard(key, *row, change.after, now)
    if not change.after:
        return _END.guard(key, *row, ending, now, change.before)
    return _RESIZE.guard(key, *row, change.after, now, change.before)


def counted(sku: Sku, quantity: int | None, now: int) -> Effect:
    """What the shop says it has of a product; what is reserved of it stays reserved."""
    return _COUNT.effect(str(sku), *sku, quantity, now)


def forgotten(sku: Sku, now: int) -> Effect:
    """The shop no longer says anything of a product: it is unknown, not gone."""
    return _FORGET.effect(str(sku), *sku, now)


_SELECT_ASKED = """select shop_uid, shop_variation_uid, known, quantity, reserved, as_of,
        coalesce((select max(doubt) from stock_source where doubt > ''), '') as doubt
    from stock join asked on shop_uid = uid and shop_variation_uid = variation_uid
    where known = 1"""


async def shelves(database: Database, skus: Collection[Sku]) -> dict[Sku, Shelf]:
    """What there is of each product that is known, and whether its source is in doubt."""
    asked = list(skus)
    found: dict[Sku, Shelf] = {}
    for start in range(0, len(asked), _ASKED_AT_ONCE):
        rows = await _asked(database, asked[start : start + _ASKED_AT_ONCE])
        found |= {row.sku: row.shelf() for row in rows}
    return found


async def _asked(database: Database, skus: Collection[Sku]) -> list[_Asked]:
    pairs = ", ".join(f"(${n}, ${n + 1})" for n in range(1, 2 * len(skus), 2))
    # SQLite looks through the whole table for `(a, b) in (values …)`, and joins by its key.
    return await database.read(
        _Asked,
        f"with asked (uid, variation_uid) as (values {pairs}) {_SELECT_ASKED}",
        *_flat(skus),
    )


async def held(database: Database, code: str) -> dict[Sku, int]:
    """What is reserved for an order."""
    rows = await database.read(
        _Reserved,
        """select shop_uid, shop_variation_uid, quantity from reservation
           where code = $1 and ended is null""",
        code,
    )
    return {Sku(row.shop_uid, row.shop_variation_uid): row.quantity for row in rows}


async def page(database: Database, after: Sku, limit: int) -> list[StockRow]:
    """Products in the order of their ids, those after `after`."""
    return await database.read(
        StockRow,
        f"""{_SELECT}
            where (shop_uid, shop_variation_uid) > ($1, $2)
            order by shop_uid, shop_variation_uid limit $3""",
        *after,
        limit,
    )


def _flat(skus: Collection[Sku]) -> Iterator[Value]:
    for sku in skus:
        yield from sku
