"""What a count changes in the stock: whose word counts for a product, and what it comes to."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from smartcart.kit.database import Database, Effect
from smartcart.merchant.domain.counts import Sold, Stand, Terms, correction, restated
from smartcart.merchant.domain.skus import Sku, Spot
from smartcart.merchant.stock import Count
from smartcart.merchant.storage import sources, stock

_AT_ONCE = 500

SoldHere = Sequence[tuple[Spot, Sold]]


class Changes(Struct, frozen=True):
    """`lost` of the source's products that were `in_stock` are missing, or at zero.

    `newly_known` says that a product is known that was not, `forgets` that one is no more: another
    source of the place may name it.
    """

    effects: Sequence[Effect]
    newly_known: bool
    forgets: bool
    in_stock: int
    lost: int


class Counter(Struct, frozen=True):
    """Whose count it is: a source by its name, where it stands, and what is normal of it."""

    name: str
    stand: Stand
    terms: Terms


async def sold(database: Database, counter: Counter, as_of: int) -> SoldHere:
    """Of the orders at the source's place, what must be reckoned into a count of `as_of`."""
    found = await stock.sold(database, counter.stand.place, as_of)
    return sorted(one for one in found if correction(one[1], as_of, counter.terms))


async def changes(
    database: Database, counter: Counter, count: Count, reckoned: SoldHere, as_of: int
) -> Changes:
    """Only what differs is written: a shop's feed is large, and little of it changes.

    A product that a source before this one names is that one's, and one that only a source behind
    it names is left to that. What no source of the shop told, or one that is no longer the shop's,
    is this one's to tell or to forget.
    """
    first, behind = await _others(database, counter)
    missing, effects = dict(count.pieces), []
    telling = _Telling(counter, count, _by_sku(reckoned), as_of)
    newly_known, forgets, in_stock, lost, after = False, False, 0, 0, Sku("")
    while page := await stock.page(database, after, _AT_ONCE, counter.stand.place):
        after = page[-1].sku
        for row in page:
            told = row.sku in missing
            missing.pop(row.sku, None)
            if row.known and row.source in first:
                continue
            if not (row.known and row.source in behind):
                was_there = row.known and row.quantity != 0
                in_stock += was_there
                lost += was_there and count.pieces.get(row.sku, 0) == 0
                if not told and row.known:
                    forgets = True
                    effects.append(stock.forgotten(row.spot, as_of))
            if told and telling.differs(row):
                newly_known = newly_known or not row.known
                effects.append(telling.effect(row.sku))
    effects += [telling.effect(sku) for sku in missing]
    return Changes(effects, newly_known or bool(missing), forgets, in_stock, lost)


class _Telling(Struct, frozen=True):
    """What a count says of one product, with what was sold reckoned in."""

    counter: Counter
    count: Count
    sold: Mapping[Sku, Sequence[Sold]]
    as_of: int

    def pieces(self, sku: Sku) -> int | None:
        told = self.count.pieces[sku]
        if told is None:
            return None
        return restated(told, self.sold.get(sku, ()), self.as_of, self.counter.terms)

    def differs(self, row: stock.StockRow) -> bool:
        before = (row.known, row.quantity, row.source or self.counter.name, row.price, row.grams)
        return before != (
            True,
            self.pieces(row.sku),
            self.counter.name,
            self.count.prices.get(row.sku),
            self.count.grams.get(row.sku),
        )

    def effect(self, sku: Sku) -> Effect:
        return stock.counted(
            Spot(sku, self.counter.stand.place),
            self.pieces(sku),
            self.as_of,
            self.counter.name,
            self.count.prices.get(sku),
            self.count.grams.get(sku),
        )


async def _others(database: Database, counter: Counter) -> tuple[set[str], set[str]]:
    """The sources of the same place whose word counts before this one's, and after it."""
    stand = counter.stand
    there = [row for row in await sources.all_of(database) if row.place == stand.place]
    first = {row.name for row in there if row.number < stand.number}
    return first, {row.name for row in there if row.number > stand.number}


def _by_sku(reckoned: Iterable[tuple[Spot, Sold]]) -> dict[Sku, list[Sold]]:
    found: dict[Sku, list[Sold]] = {}
    for spot, one in reckoned:
        found.setdefault(spot.sku, []).append(one)
    return found
