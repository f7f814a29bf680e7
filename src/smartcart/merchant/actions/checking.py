"""Read a source once, as the running shop does, and say what comes of it. Nothing is changed."""

from collections.abc import AsyncIterator

from msgspec import Struct

from smartcart.kit.apart import Apart
from smartcart.kit.database import Database
from smartcart.merchant.actions import restating
from smartcart.merchant.actions.restating import Counter
from smartcart.merchant.domain.counts import Doubt, is_shrunken, is_stale
from smartcart.merchant.stock import Count, Look, SourceUnreadable, StockSource
from smartcart.merchant.storage import sources

_READ_SECONDS = 300
_SAMPLE = 3
_MINUTE = 60_000_000

_REMEDIES = {
    Doubt.UNREADABLE: "Mend what is said; until then orders that need it are held, none rejected.",
    Doubt.SHRUNKEN: "Have it written anew; or, if it is right: smartcart merchant stock trust",
    Doubt.STALE: "Look why it is not written anew, or raise max_age_minutes.",
}
_LEFT_OUT = "Correct what is left out: orders for those products are held."
_NOTHING_THERE = "Look whether it is the right list: nothing in it is in stock."


class Doubtful(Struct, frozen=True):
    doubt: str
    why: str


class Checked(Struct, frozen=True, kw_only=True):
    """`rows` were read and tell of `products`, `in_stock` of which are there.

    `age_seconds` is how old what it says is, None where that is not known. `sample` are the first
    products and their pieces, None for uncounted. `remedy` is what to do, empty when all is well.
    """

    source: str
    location: str = ""
    readable: bool
    rows: int = 0
    products: int = 0
    in_stock: int = 0
    prices: int = 0
    weights: int = 0
    age_seconds: int | None = None
    sample: dict[str, int | None] = {}
    left_out: tuple[str, ...] = ()
    doubts: tuple[Doubtful, ...] = ()
    remedy: str = ""


def unreadable(source: str, location: str, why: str) -> Checked:
    """A source of which nothing can be had."""
    return Checked(
        source=source,
        location=location,
        readable=False,
        doubts=(Doubtful(Doubt.UNREADABLE, why),),
        remedy=_REMEDIES[Doubt.UNREADABLE],
    )


async def check(
    source: StockSource, counter: Counter, database: Database | None, now: int
) -> Checked:
    """`database` is the shop's, where there is one: what it knew before tells what has shrunk."""
    try:
        found, count = await Apart("stock").call(
            lambda: (source.look(), source.read()), _READ_SECONDS
        )
    except SourceUnreadable as error:
        return unreadable(source.name, counter.stand.place, str(error))
    except TimeoutError:
        why = f"it was not read within {_READ_SECONDS} seconds"
        return unreadable(source.name, counter.stand.place, why)
    doubts = tuple([each async for each in _doubts(counter, found, count, database, now)])
    return Checked(
        source=source.name,
        location=counter.stand.place,
        readable=True,
        rows=count.rows,
        products=len(count.pieces),
        in_stock=_in_stock(count),
        prices=len(count.prices),
        weights=len(count.grams),
        age_seconds=None if found.written is None else max(0, now - found.written) // 1_000_000,
        sample={str(sku): pieces for sku, pieces in list(count.pieces.items())[:_SAMPLE]},
        left_out=count.left_out,
        doubts=doubts,
        remedy=_remedy(count, doubts),
    )


async def _doubts(
    counter: Counter, found: Look, count: Count, database: Database | None, now: int
) -> AsyncIterator[Doubtful]:
    before = await sources.find(database, counter.name) if database else None
    as_of = found.as_of
    if as_of is None and before is not None and before.fingerprint == found.fingerprint:
        as_of = before.as_of
    if as_of is not None and is_stale(as_of, now, counter.terms):
        why = f"not written for {counter.terms.max_age / _MINUTE:g} minutes"
        yield Doubtful(Doubt.STALE, why)
    if database is None or (before is not None and before.trusted == found.fingerprint):
        return
    reckoned = await restating.sold(database, counter, now)
    changes = await restating.changes(database, counter, count, reckoned, now)
    if is_shrunken(changes.in_stock, changes.lost, counter.terms):
        why = f"{changes.lost} of {changes.in_stock} products in stock are missing or at zero"
        yield Doubtful(Doubt.SHRUNKEN, why)


def _in_stock(count: Count) -> int:
    return sum(pieces != 0 for pieces in count.pieces.values())


def _remedy(count: Count, doubts: tuple[Doubtful, ...]) -> str:
    if doubts:
        return " ".join(_REMEDIES[Doubt(each.doubt)] for each in doubts)
    if count.left_out:
        return _LEFT_OUT
    return "" if _in_stock(count) else _NOTHING_THERE
