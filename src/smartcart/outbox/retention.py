"""How long the record of what was done is kept, and its removal beside the work that goes on.

What has gone wrong is kept longer. Streams stay, and so does the last entry of each: it can be
written again at any time. Several processes may remove at once; then each does part of it in vain.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from smartcart.kit.database import Database, DatabaseError, Statement, WriteSet
from smartcart.kit.loop import wait
from smartcart.outbox.records import Position

log = logging.getLogger(__name__)

_MICROSECOND = timedelta(microseconds=1)
_ATTEMPTS_AT_ONCE = 200
_EVERY_SECONDS = 3600.0
_RESTS = 3
"""So many times as long as removing took, nothing is removed: the database has other work."""
_ATTEMPT_RANK, _RESEND_RANK, _ENTRY_RANK = 82, 83, 85
"""Entries come last here, for those of which attempts are left stay."""

_DELETE_ATTEMPTS = Statement("delete from attempt where key = $1 and seq = $2", rank=_ATTEMPT_RANK)
_DELETE_RESEND = Statement("delete from resend where key = $1 and seq = $2", rank=_RESEND_RANK)
# Also those before, whose record went while they were the last of their stream: they are settled,
# for this one is, and a stream is worked in order.
_DELETE_ENTRIES = Statement(
    """delete from entry where key = $1 and seq <= $2
           and seq < (select s.tail from stream s where s.key = $1)
           and not exists (select 1 from attempt a
                           where a.key = entry.key and a.seq = entry.seq)""",
    rank=_ENTRY_RANK,
)


@dataclass(frozen=True, slots=True)
class Keep:
    """For how long after its last attempt an entry and its attempts are kept.

    `exhausted` is for those given up and not written again; it counts where it is the longer.
    """

    settled: timedelta
    exhausted: timedelta


class Ended(msgspec.Struct, frozen=True):
    """An attempt, as far as it matters to whether the record of its entry goes."""

    key: str
    seq: int
    n: int
    started_at: int
    outcome: str
    is_resent: bool

    @property
    def position(self) -> Position:
        return Position(self.started_at, self.key, self.seq, self.n)


class _Kind(msgspec.Struct):
    kind: str | None


def outlived(attempts: Iterable[Ended], exhausted_before: int) -> list[Ended]:
    """Those of `attempts`, all old enough to go, with which the record of their entry goes."""
    return [
        one
        for one in attempts
        if one.outcome == "delivered"
        or (one.outcome == "exhausted" and (one.is_resent or one.started_at < exhausted_before))
    ]


def removed(last: Iterable[Ended]) -> WriteSet:
    """Without the attempts of these entries, and without the entries that are not needed."""
    return WriteSet(
        effects=tuple(
            statement.effect(f"{one.key}/{one.seq}", one.key, one.seq)
            for one in last
            for statement in (_DELETE_ATTEMPTS, _DELETE_RESEND, _DELETE_ENTRIES)
        )
    )


@dataclass(frozen=True, slots=True)
class Retention:
    """Removes what is kept no longer: all of it at start, and then every hour."""

    database: Database
    keep: Keep

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                entries = await self.sweep(stop)
            except DatabaseError as error:
                log.warning("the old record could not be removed, again in an hour: %s", error)
            else:
                log.info("removed the record of %d entries", entries)
            await wait(stop, _EVERY_SECONDS)

    async def sweep(self, stop: asyncio.Event) -> int:
        """Remove a little at a time until all is gone or `stop`; of how many entries."""
        now = await self.database.now()
        before = now - self.keep.settled // _MICROSECOND
        exhausted_before = now - self.keep.exhausted // _MICROSECOND
        entries, kind = 0, await self._kind_after("")
        while kind is not None:
            place = Position(0)
            while not stop.is_set():
                began = asyncio.get_running_loop().time()
                attempts = await self._attempts(kind, place, before)
                if last := outlived(attempts, exhausted_before):
                    await self.database.commit(removed(last))
                entries += len(last)
                if len(attempts) < _ATTEMPTS_AT_ONCE:
                    break
                place = attempts[-1].position
                await wait(stop, _RESTS * (asyncio.get_running_loop().time() - began))
            kind = await self._kind_after(kind)
        return entries

    async def _kind_after(self, kind: str) -> str | None:
        """The kinds there are, one after the other: a seek in the index for each."""
        sql = "select min(kind) as kind from attempt where kind > $1"
        [row] = await self.database.read(_Kind, sql, kind)
        return row.kind

    async def _attempts(self, kind: str, after: Position, before: int) -> list[Ended]:
        """The next attempts begun before `before` (microseconds), the oldest first."""
        return await self.database.read(
            Ended,
            """select a.key as key, a.seq as seq, a.n as n, a.started_at as started_at,
                      a.outcome as outcome,
                      case when exists (select 1 from resend r
                                        where r.key = a.key and r.seq = a.seq)
                           then 1 else 0 end as is_resent
               from attempt a where a.kind = $1 and a.started_at >= $2 and a.started_at < $6
                    and (a.started_at, a.key, a.seq, a.n) > ($2, $3, $4, $5)
               order by a.started_at, a.key, a.seq, a.n limit $7""",
            kind,
            after.started_at,
            after.key,
            after.seq,
            after.n,
            before,
            _ATTEMPTS_AT_ONCE,
        )
