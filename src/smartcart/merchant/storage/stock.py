"""Pieces in the shop, and how many of them are reserved for which order.

`reserved` is the sum of the open reservations of its product at its place at every commit: both
change in one write set, and only together.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from smartcart.kit.database import Database, Effect, Guard, Statement, Value, WriteSet
from smartcart.merchant.domain.counts import Sold
from smartcart.merchant.domain.reservations import Change
from smartcart.merchant.domain.shelves import Shelf
from smartcart.merchant.domain.skus import UNCOUNTED, Sku, Spot
from smartcart.merchant.storage import RESERVATION_RANK, STOCK_RANK

_ASKED_AT_ONCE = 200
RELEASED, HANDED_OVER = "released", "handed_over"


@dataclass(frozen=True, slots=True)
class _Tables:
    """Where the pieces of some places are kept. `place` is what the keys end with."""

    stock: str
    reservation: str
    place: str

    def named(self, sql: str) -> str:
        """SQL that calls the tables STOCK and RESERVATION, and the place in a key PLACE."""
        named = sql.replace("STOCK", self.stock).replace("RESERVATION", self.reservation)
        return named.replace(", PLACE", self.place)


# What is at no named place is kept as the release before keeps all.
_ANYWHERE = _Tables("stock", "reservation", "")
_AT_PLACES = _Tables("stock_at", "reservation_at", ", place")
_BOTH = (_ANYWHERE, _AT_PLACES)
_Statements = Mapping[_Tables, Statement]


def _of(place: str) -> _Tables:
    return _AT_PLACES if place else _ANYWHERE


def _on_stock(sql: str) -> _Statements:
    return {tables: Statement(tables.named(sql), rank=STOCK_RANK) for tables in _BOTH}


def _on_reservations(sql: str) -> _Statements:
    return {tables: Statement(tables.named(sql), rank=RESERVATION_RANK) for tables in _BOTH}


_OPEN = _on_reservations(
    """insert into RESERVATION (code, shop_uid, shop_variation_uid, place, quantity, ended,
           changed_at, opened_at)
       values ($1, $2, $3, $4, $5, null, $6, $6)
       on conflict (code, shop_uid, shop_variation_uid, PLACE) do update
       set quantity = excluded.quantity, ended = null, changed_at = excluded.changed_at,
           opened_at = excluded.opened_at
       where RESERVATION.ended is not null"""
)
_RESIZE = _on_reservations(
    """update RESERVATION set quantity = $5, changed_at = $6
       where code = $1 and shop_uid = $2 and shop_variation_uid = $3 and place = $4
           and quantity = $7 and ended is null"""
)
_END = _on_reservations(
    """update RESERVATION set ended = $5, changed_at = $6
       where code = $1 and shop_uid = $2 and shop_variation_uid = $3 and place = $4
           and quantity = $7 and ended is null"""
)
_RESERVE = _on_stock(
    """update STOCK set reserved = reserved + $4
       where shop_uid = $1 and shop_variation_uid = $2 and place = $3 and known = 1
           and (quantity is null or quantity - reserved >= $4)"""
)
_RELEASE = _on_stock(
    """update STOCK set reserved = reserved - $4
       where shop_uid = $1 and shop_variation_uid = $2 and place = $3"""
)
_HAND_OVER = _on_stock(
    """update STOCK set reserved = reserved - $4,
           quantity = case when quantity < $4 then 0 else quantity - $4 end
       where shop_uid = $1 and shop_variation_uid = $2 and place = $3"""
)
_COUNT = _on_stock(
    """insert into STOCK (shop_uid, shop_variation_uid, place, known, quantity, reserved, as_of,
           source, price, grams)
       values ($1, $2, $3, 1, $4, 0, $5, $6, $7, $8)
       on conflict (shop_uid, shop_variation_uid, PLACE) do update
       set known = 1, quantity = excluded.quantity, as_of = excluded.as_of,
           source = excluded.source, price = excluded.price, grams = excluded.grams"""
)
_FORGET = _on_stock(
    """update STOCK set known = 0, quantity = null, price = null, grams = null, as_of = $4
       where shop_uid = $1 and shop_variation_uid = $2 and place = $3"""
)
_CLEAR = _on_stock(
    """update STOCK set known = 0, quantity = null, price = null, grams = null, as_of = $1
       where known = 1 and place not in (select place from stock_source)"""
)


class StockRow(msgspec.Struct, frozen=True):
    """One product at one place. `quantity` None: the shop has it and does not say how many.

    `known` False: the place's sources no longer mention it. `source` is the one that told it last,
    empty when that was not kept, and `as_of` when. `price` is in cents with VAT and `grams` the
    weight of a piece, None where that source does not say.
    """

    shop_uid: str
    shop_variation_uid: str
    place: str
    known: bool
    quantity: int | None
    reserved: int
    as_of: int
    source: str
    price: int | None
    grams: int | None

    @property
    def sku(self) -> Sku:
        return Sku(self.shop_uid, self.shop_variation_uid)

    @property
    def spot(self) -> Spot:
        return Spot(self.sku, self.place)

    @property
    def left(self) -> int:
        """Pieces that may yet be promised."""
        return UNCOUNTED if self.quantity is None else max(0, self.quantity - self.reserved)


class _Asked(StockRow, frozen=True):
    doubt: str


class _Reserved(msgspec.Struct):
    shop_uid: str
    shop_variation_uid: str
    place: str
    quantity: int


class _Sold(_Reserved):
    opened_at: int
    left_at: int | None


def changed(code: str, change: Change, ending: str, now: int) -> WriteSet:
    """An order holds other pieces than before.

    A conflict when there are not enough left, or when it no longer held what it held `before`.
    """
    spot, more, tables = change.spot, change.after - change.before, _of(change.spot.place)
    guards: tuple[Guard, ...] = (_reservation(code, change, ending, now),)
    if more > 0:
        return WriteSet(guards=(*guards, _RESERVE[tables].guard(str(spot), *spot.key, more)))
    statement = (_HAND_OVER if ending == HANDED_OVER else _RELEASE)[tables]
    return WriteSet(guards=guards, effects=(statement.effect(str(spot), *spot.key, -more),))


def _reservation(code: str, change: Change, ending: str, now: int) -> Guard:
    key, row = f"{code}/{change.spot}", (code, *change.spot.key)
    tables = _of(change.spot.place)
    if not change.before:
        return _OPEN[tables].guard(key, *row, change.after, now)
    if not change.after:
        return _END[tables].guard(key, *row, ending, now, change.before)
    return _RESIZE[tables].guard(key, *row, change.after, now, change.before)


def counted(
    spot: Spot,
    quantity: int | None,
    as_of: int,
    source: str = "",
    price: int | None = None,
    grams: int | None = None,
) -> Effect:
    """What a source says there is of a product; what is reserved of it stays reserved."""
    told = (quantity, as_of, source, price, grams)
    return _COUNT[_of(spot.place)].effect(str(spot), *spot.key, *told)


def forgotten(spot: Spot, now: int) -> Effect:
    """The place's sources no longer say anything of a product: it is unknown, not gone."""
    return _FORGET[_of(spot.place)].effect(str(spot), *spot.key, now)


def cleared(now: int) -> tuple[Effect, ...]:
    """Nothing is told any more of a place that no source is of."""
    return tuple(statement.effect("", now) for statement in _CLEAR.values())


_ASKED = """select s.shop_uid, s.shop_variation_uid, s.place, s.known, s.quantity, s.reserved,
        s.as_of, s.source, s.price, s.grams,
        coalesce((select max(d.doubt) from stock_source d where d.doubt > ''
            and (d.name = s.source or (s.source = '' and d.place = s.place))), '') as doubt
    from asked join STOCK s on s.shop_uid = uid and s.shop_variation_uid = variation_uid
    where s.known = 1"""
_NEVER_READ = """select '', '', place, 1, 0, 0, 0, name, null, null, doubt
    from stock_source where doubt > '' and as_of = 0"""


async def shelves(database: Database, skus: Collection[Sku]) -> dict[Sku, Shelf]:
    """What there is of each product that is known, place by place, and which of it is in doubt.

    A source that was never read may say anything of any product: its place is in doubt for all.
    """
    asked = list(skus)
    found: dict[Sku, Shelf] = {}
    for start in range(0, len(asked), _ASKED_AT_ONCE):
        rows = await _asked(database, asked[start : start + _ASKED_AT_ONCE])
        found |= _shelves(rows)
    return found


def _shelves(rows: Collection[_Asked]) -> dict[Sku, Shelf]:
    never_read = [row for row in rows if not row.shop_uid and not row.as_of]
    told: dict[Sku, list[_Asked]] = {}
    for row in rows:
        if row not in never_read:
            told.setdefault(row.sku, []).append(row)
    return {sku: _shelf(of_it, never_read) for sku, of_it in told.items()}


def _shelf(told: Sequence[_Asked], never_read: Sequence[_Asked]) -> Shelf:
    in_order = sorted(told, key=lambda row: row.place)
    doubts = {row.place: row.doubt for row in (*never_read, *in_order) if row.doubt}
    return Shelf(
        {row.place: 0 for row in never_read} | {row.place: row.left for row in in_order},
        min(row.as_of for row in told),
        doubts,
        next((row.price for row in in_order if row.price is not None), None),
        next((row.grams for row in in_order if row.grams is not None), None),
    )


async def _asked(database: Database, skus: Collection[Sku]) -> list[_Asked]:
    pairs = ", ".join(f"(${n}, ${n + 1})" for n in range(1, 2 * len(skus), 2))
    # SQLite looks through the whole table for `(a, b) in (values …)`, and joins by its key.
    arms = " union all ".join((*(tables.named(_ASKED) for tables in _BOTH), _NEVER_READ))
    return await database.read(
        _Asked, f"with asked (uid, variation_uid) as (values {pairs}) {arms}", *_flat(skus)
    )


_SELECT_HELD = " union all ".join(
    tables.named(
        """select shop_uid, shop_variation_uid, place, quantity from RESERVATION
           where code = $1 and ended is null"""
    )
    for tables in _BOTH
)


async def held(database: Database, code: str) -> dict[Spot, int]:
    """What is reserved for an order, and where."""
    rows = await database.read(_Reserved, _SELECT_HELD, code)
    return {_spot(row): row.quantity for row in rows}


_SELECT_SOLD = """select shop_uid, shop_variation_uid, place, quantity, opened_at, null as left_at
    from RESERVATION where place = $1 and ended is null
    union all
    select shop_uid, shop_variation_uid, place, quantity, opened_at, changed_at
    from RESERVATION where place = $1 and ended = 'handed_over' and changed_at > $2"""


async def sold(database: Database, place: str, since: int) -> list[tuple[Spot, Sold]]:
    """What is reserved at a place now, and what was handed over from there after `since`."""
    rows = await database.read(_Sold, _of(place).named(_SELECT_SOLD), place, since)
    return [(_spot(row), Sold(row.quantity, row.opened_at, row.left_at)) for row in rows]


def _spot(row: _Reserved) -> Spot:
    return Spot(Sku(row.shop_uid, row.shop_variation_uid), row.place)


_SELECT_PAGE = """select shop_uid, shop_variation_uid, place, known, quantity, reserved, as_of,
        source, price, grams
    from STOCK
    where (shop_uid, shop_variation_uid) > ($1, $2) and place = $3
    order by shop_uid, shop_variation_uid limit $4"""


async def page(database: Database, after: Sku, limit: int, place: str = "") -> list[StockRow]:
    """Products of a place in the order of their ids, those after `after`."""
    return await database.read(StockRow, _of(place).named(_SELECT_PAGE), *after, place, limit)


_SELECT_EVERYWHERE = """
    select shop_uid, shop_variation_uid, place, known, quantity, reserved, as_of, source, price,
        grams
    from (select * from stock where (shop_uid, shop_variation_uid) > ($1, $2)
          order by shop_uid, shop_variation_uid limit $4) as anywhere
    union all
    select shop_uid, shop_variation_uid, place, known, quantity, reserved, as_of, source, price,
        grams
    from (select * from stock_at where (shop_uid, shop_variation_uid, place) > ($1, $2, $3)
          order by shop_uid, shop_variation_uid, place limit $4) as at_places
    order by shop_uid, shop_variation_uid, place limit $4"""


async def everywhere(database: Database, after: Spot, limit: int) -> list[StockRow]:
    """Products at all places in the order of their ids, those after `after`."""
    return await database.read(StockRow, _SELECT_EVERYWHERE, *after.key, limit)


def _flat(skus: Collection[Sku]) -> Iterator[Value]:
    for sku in skus:
        yield from sku
