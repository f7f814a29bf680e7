"""Take over what a stock source says, and decide again what was waiting for it."""

import asyncio
from collections.abc import Iterator, Sequence

from msgspec import Struct

from smartcart.kit import journal
from smartcart.kit.clock import micros, utc_now
from smartcart.kit.database import Database, Effect, WriteSet
from smartcart.merchant.actions.reconsidering import to_be_reconsidered
from smartcart.merchant.domain.skus import Sku
from smartcart.merchant.stock import SourceUnreadable, StockSource
from smartcart.merchant.storage import orders, stock

_AT_ONCE = 500


class Taken(Struct, frozen=True):
    """How a source was taken over: `changed` of its `products` said something new."""

    products: int
    changed: int
    left_out: tuple[str, ...]


class _Changes(Struct, frozen=True):
    effects: Sequence[Effect]
    newly_known: bool


async def take_over(database: Database, source: StockSource) -> Taken | None:
    """Set the stock to what the source says; None when that is as it was last time.

    Reserved pieces stay reserved. A product the source no longer names is unknown from then on,
    which holds orders for it; it is not taken for sold out. Raises `SourceUnreadable`, and then
    nothing has changed.
    """
    fingerprint = await asyncio.to_thread(source.fingerprint)
    last = await stock.source(database, source.name)
    if last is not None and last.fingerprint == fingerprint:
        return None
    count = await asyncio.to_thread(source.read)
    if await asyncio.to_thread(source.fingerprint) != fingerprint:
        raise SourceUnreadable("it changed while it was read")
    now = micros(utc_now())
    changes = await _changes(database, count.pieces, now)
    for effects in _pages(changes.effects):
        await database.commit(WriteSet(effects=effects))
    taken = Taken(len(count.pieces), len(changes.effects), count.left_out)
    await database.commit(_taken(source.name, fingerprint, taken, now))
    if changes.newly_known:
        await _reconsider(database)
    return taken


async def _changes(database: Database, told: dict[Sku, int | None], now: int) -> _Changes:
    """Only what differs is written: a shop's feed is large, and little of it changes."""
    missing, effects = dict(told), []
    newly_known = False
    after = Sku("")
    while page := await stock.page(database, after, _AT_ONCE):
        after = page[-1].sku
        for row in page:
            if row.sku not in told:
                if row.known:
                    effects.append(stock.forgotten(row.sku, now))
                continue
            pieces = missing.pop(row.sku)
            newly_known = newly_known or not row.known
            if not row.known or row.quantity != pieces:
                effects.append(stock.counted(row.sku, pieces, now))
    effects += [stock.counted(sku, pieces, now) for sku, pieces in missing.items()]
    return _Changes(effects, newly_known or bool(missing))


def _pages(effects: Sequence[Effect]) -> Iterator[tuple[Effect, ...]]:
    for start in range(0, len(effects), _AT_ONCE):
        yield tuple(effects[start : start + _AT_ONCE])


def _taken(name: str, fingerprint: str, taken: Taken, now: int) -> WriteSet:
    facts: journal.Facts = {
        "source": name,
        "products": taken.products,
        "changed": taken.changed,
        "left_out": len(taken.left_out),
    }
    return WriteSet(
        effects=(
            stock.source_read(name, fingerprint, taken.products, now),
            journal.step("", now, "stock_read", facts),
        )
    )


async def _reconsider(database: Database) -> None:
    """Have every order on hold decided again."""
    after = ""
    while codes := await orders.held(database, after, _AT_ONCE):
        after = codes[-1]
        for code in codes:
            await to_be_reconsidered(database, code)
