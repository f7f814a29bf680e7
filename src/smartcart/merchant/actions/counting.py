"""Take over what a stock source says unless it is in doubt, and decide again what waited for it."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from msgspec import Struct

from smartcart.kit import journal
from smartcart.kit.apart import Apart
from smartcart.kit.clock import Clock, micros, utc_now
from smartcart.kit.database import Conflict, Database, Effect, WriteSet
from smartcart.merchant.actions import restating
from smartcart.merchant.actions.reconsidering import to_be_reconsidered
from smartcart.merchant.actions.restating import Counter
from smartcart.merchant.domain.counts import Doubt, Stand, Terms, is_off, is_shrunken, is_stale
from smartcart.merchant.stock import Count, Look, SourceUnreadable, StockSource
from smartcart.merchant.storage import orders, sources, stock

T = TypeVar("T")

_ANYWHERE = Stand()
_AT_ONCE = 500
_MINUTE = 60_000_000
_TOLD_EVERY = 60 * _MINUTE


class Taken(Struct, frozen=True):
    """How a source was taken over: `changed` of its `products` said something new."""

    products: int
    changed: int
    left_out: tuple[str, ...]


class InDoubt(Struct, frozen=True):
    """The source is not relied on, for a reason that was not told before or is told again."""

    doubt: Doubt
    why: str


@dataclass(frozen=True, slots=True)
class Counting:
    """Keeps the stock as one source tells it, and says when the source is not to be relied on.

    One that does not answer in time, as a share whose server is gone, cannot be read. It may take
    `answers_within` seconds to tell its fingerprint and `reads_within` to be read whole.
    """

    database: Database
    source: StockSource
    terms: Terms
    clock: Clock = utc_now
    stand: Stand = _ANYWHERE
    # Sources of one place take turns: each must see what the other wrote.
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    answers_within: float = 10
    reads_within: float = 300
    _apart: Apart = field(default_factory=lambda: Apart("stock"), init=False)

    async def look(self) -> Taken | InDoubt | None:
        """Look at the source, and see `take`."""
        return await self.take(await self.glance())

    async def glance(self) -> Look | SourceUnreadable:
        """What a look at the source finds."""
        try:
            return await self._glance()
        except SourceUnreadable as error:
            return error

    async def take(self, found: Look | SourceUnreadable) -> Taken | InDoubt | None:
        """Set the stock to what the source says; None when there is nothing new to tell.

        Reserved pieces stay reserved. A product the source no longer names is unknown from then on,
        which holds orders for it; it is not taken for sold out. While the source is in doubt
        nothing of it is taken over, and orders that need it are held.
        """
        async with self.turn:
            before = await sources.find(self.database, self.source.name)
            if before is not None and before.unsettled:
                # Once more: an order may have been put on hold while the source recovered.
                await _reconsider(self.database)
                await self.database.commit(WriteSet(effects=(sources.settled(before.name),)))
            try:
                if isinstance(found, SourceUnreadable):
                    raise found
                return await self._take_over(before, found)
            except SourceUnreadable as error:
                return await self._doubt(InDoubt(Doubt.UNREADABLE, str(error)))

    async def _glance(self) -> Look:
        within = self.reads_within if self.source.comes_whole else self.answers_within
        return await self._ask(self.source.look, within)

    async def _ask(self, call: Callable[[], T], seconds: float) -> T:
        try:
            return await self._apart.call(call, seconds)
        except TimeoutError:
            raise SourceUnreadable(f"it does not answer within {seconds:g} seconds") from None

    async def _take_over(
        self, before: sources.SourceRow | None, found: Look
    ) -> Taken | InDoubt | None:
        fingerprint, now = found.fingerprint, micros(self.clock())
        as_of = now if found.as_of is None else min(found.as_of, now)
        if before is not None and fingerprint == before.fingerprint:
            if not await self._sold_meanwhile(before.as_of, found.as_of and as_of):
                return await self._unchanged(before, found, now)
        elif is_stale(as_of, now, self.terms):
            return await self._doubt(self._stale())
        if before is not None and before.refused == fingerprint != before.trusted:
            return await self._doubt(InDoubt(Doubt.SHRUNKEN, before.why), fingerprint)
        count = await self._ask(self.source.read, self.reads_within)
        if not self.source.comes_whole and (await self._glance()).fingerprint != fingerprint:
            raise SourceUnreadable("it changed while it was read")
        return await self._restate(before, fingerprint, count, as_of)

    async def _sold_meanwhile(self, before: int, as_of: int | None) -> bool:
        """Whether the same count, at a later moment, has another order's pieces taken off."""
        if self.terms.sold_off_after is None or as_of is None or as_of <= before:
            return False
        reckoned = await restating.sold(self.database, self._counter, as_of)
        return any(not is_off(one, before, self.terms) for _, one in reckoned)

    @property
    def _counter(self) -> Counter:
        return Counter(self.source.name, self.stand, self.terms)

    async def _restate(
        self, before: sources.SourceRow | None, fingerprint: str, count: Count, as_of: int
    ) -> Taken | InDoubt | None:
        changed, newly_known, forgets, reckoned = 0, False, False, None
        # Until nothing is handed over while it is written: the count had that in it.
        while reckoned != (latest := await restating.sold(self.database, self._counter, as_of)):
            found = await restating.changes(self.database, self._counter, count, latest, as_of)
            trusted = before is not None and before.trusted == fingerprint
            first = reckoned is None
            if first and not trusted and is_shrunken(found.in_stock, found.lost, self.terms):
                why = f"{found.lost} of {found.in_stock} products in stock are missing or at zero"
                return await self._doubt(InDoubt(Doubt.SHRUNKEN, why), fingerprint)
            for effects in _pages(found.effects):
                await self.database.commit(WriteSet(effects=effects))
            reckoned, changed = latest, changed + len(found.effects)
            newly_known, forgets = newly_known or found.newly_known, forgets or found.forgets
        taken = Taken(len(count.pieces), changed, count.left_out)
        await self._settle(before, fingerprint, taken, as_of, newly_known, forgets)
        return taken

    async def _settle(
        self,
        before: sources.SourceRow | None,
        fingerprint: str,
        taken: Taken,
        as_of: int,
        newly_known: bool,
        forgets: bool,
    ) -> None:
        name, now = self.source.name, micros(self.clock())
        waited = newly_known or before is None or before.was_waited_for
        read = sources.read(name, self.stand, fingerprint, taken.products, as_of, unsettled=waited)
        again = (sources.to_be_read_again(self.stand.place, but=name),) if forgets else ()
        steps = self._steps(before, taken, now)
        await self.database.commit(WriteSet(effects=(read, *again, *steps)))
        if waited:
            await _reconsider(self.database)

    def _steps(self, before: sources.SourceRow | None, taken: Taken, now: int) -> Iterator[Effect]:
        facts: journal.Facts = {
            "source": self.source.name,
            "products": taken.products,
            "changed": taken.changed,
            "left_out": len(taken.left_out),
        }
        yield journal.step("", now, "stock_read", facts)
        if before is not None and before.doubt:
            yield _told(before.name, now, "stock_recovered", before.why)

    async def _unchanged(self, before: sources.SourceRow, found: Look, now: int) -> InDoubt | None:
        as_of = max(before.as_of, min(found.as_of or 0, now))
        if is_stale(as_of, now, self.terms):
            return await self._doubt(self._stale())
        if as_of - before.as_of >= _MINUTE:
            await self.database.commit(WriteSet(effects=(sources.confirmed(before.name, as_of),)))
        if before.doubt:
            told = _told(before.name, now, "stock_recovered", before.why)
            with suppress(Conflict):  # another process was first
                guards = (sources.recovered(before.name),)
                await self.database.commit(WriteSet(guards=guards, effects=(told,)))
            await _reconsider(self.database)
        return None

    def _stale(self) -> InDoubt:
        return InDoubt(Doubt.STALE, f"not written for {self.terms.max_age / _MINUTE:g} minutes")

    async def _doubt(self, found: InDoubt, refused: str = "") -> InDoubt | None:
        """None when just this was told within the hour."""
        now, name = micros(self.clock()), self.source.name
        guard = sources.doubted(
            name, self.stand, found.doubt, found.why, refused, now, now - _TOLD_EVERY
        )
        told = _told(name, now, f"stock_{found.doubt}", found.why)
        try:
            await self.database.commit(WriteSet(guards=(guard,), effects=(told,)))
        except Conflict:
            return None
        return found


async def begin(database: Database, stands: Mapping[str, Stand], now: int) -> None:
    """These are the shop's sources from now on, by their names, whatever others' doubts were.

    What a source told that is no longer the shop's stays until one of its place says otherwise; of
    a place that has none left, nothing is known.
    """
    before = {row.name: row.stand for row in await sources.all_of(database)}
    effects = [sources.retired(name) for name in before.keys() - stands.keys()]
    effects += [sources.stands(name, stands[name]) for name in stands]
    if before != stands:
        places = {stand.place for stand in stands.values()}
        effects += [sources.to_be_read_again(place) for place in places]
    await database.commit(WriteSet(effects=tuple(effects)))
    await database.commit(WriteSet(effects=stock.cleared(now)))


async def trust(database: Database, names: Collection[str] = ()) -> list[sources.SourceRow]:
    """Have the counts that were refused for being shrunken taken over at the next look.

    Those of the sources of these names, or of all.
    """
    trusted = []
    for row in await sources.in_doubt(database):
        if names and row.name not in names:
            continue
        with suppress(Conflict):  # none was refused, or it is another one by now
            await database.commit(WriteSet(guards=(sources.trusted(row),)))
            trusted.append(row)
    return trusted


def _pages(effects: Sequence[Effect]) -> Iterator[tuple[Effect, ...]]:
    for start in range(0, len(effects), _AT_ONCE):
        yield tuple(effects[start : start + _AT_ONCE])


def _told(name: str, now: int, what: str, why: str) -> Effect:
    return journal.step("", now, what, {"source": name, "why": why})


async def _reconsider(database: Database) -> None:
    """Have every order on hold decided again."""
    after = ""
    while codes := await orders.held(database, after, _AT_ONCE):
        after = codes[-1]
        for code in codes:
            await to_be_reconsidered(database, code)
