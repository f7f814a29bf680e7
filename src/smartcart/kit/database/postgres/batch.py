"""Many write sets in one transaction, a round trip a statement instead of one a set."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import asyncpg

from smartcart.kit.database.errors import CommitUnknown, Conflict, DatabaseError
from smartcart.kit.database.postgres.connection import (
    FAILURES,
    LOCKED,
    concerns_all,
    explained,
    is_lost,
    reason,
    state,
)
from smartcart.kit.database.postgres.notices import notification
from smartcart.kit.database.postgres.schedule import calls, certain
from smartcart.kit.database.submissions import Outcome
from smartcart.kit.database.write_set import Guard, Value, WriteSet, parameter_count

_WAIT_LESS = "set local lock_timeout = '100ms'"
"""Once one set has waited for a lock in vain, its neighbours are not to wait as long again."""
_NOT_DURABLE = "set local synchronous_commit = off; "


@dataclass(frozen=True, slots=True)
class _Miss:
    conflict: Conflict
    spoils: bool
    """Whether other guards of the set hit, so that there is something to undo."""


class Batch:
    """One transaction on a connection that is idle; after an exception it may still be open."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        write_sets: Sequence[WriteSet],
        where: str,
        sender: str,
    ) -> None:
        self._connection = connection
        self._write_sets = write_sets
        self._where = where
        self._sender = sender
        self._alone = len(write_sets) == 1

    async def run(self) -> list[Outcome]:
        """Write each set whole or not at all; the outcome of each, in order.

        Raises what concerns all of them alike; then nothing is written, but for CommitUnknown.
        """
        await self._connection.execute("begin" if self._alone else "begin; savepoint batch")
        outcomes = await self._halving(range(len(self._write_sets)))
        if written := [self._write_sets[n] for n, outcome in outcomes.items() if outcome is None]:
            await self._commit(written)
        else:
            await self._connection.execute("rollback")
        return [outcomes[number] for number in range(len(self._write_sets))]

    async def _halving(self, numbers: Sequence[int]) -> dict[int, Outcome]:
        """Write these sets; when a statement is refused, find whose it was by halves."""
        try:
            return await self._attempt(numbers)
        except FAILURES as error:
            if concerns_all(error, self._connection):
                raise
            await self._undo()
            if len(numbers) == 1:
                return {numbers[0]: explained(error, self._where)}
            if state(error) == LOCKED:
                await self._connection.execute(_WAIT_LESS)
        middle = len(numbers) // 2
        await self._keep()
        first = await self._halving(numbers[:middle])
        await self._keep()
        return first | await self._halving(numbers[middle:])

    async def _attempt(self, numbers: Sequence[int]) -> dict[int, Outcome]:
        """Guards, again without those that missed only in part, then effects."""
        outcomes: dict[int, Outcome] = {}
        left = {number: self._write_sets[number] for number in numbers}
        while True:
            misses = await self._guards(left)
            spoiled = {number for number, miss in misses.items() if miss.spoils}
            if not spoiled:
                break
            await self._undo()
            for number in certain(left, spoiled):
                outcomes[number] = misses[number].conflict
                del left[number]
        for number in left:
            outcomes[number] = misses[number].conflict if number in misses else None
        await self._effects([number for number in left if number not in misses])
        return outcomes

    async def _guards(self, write_sets: dict[int, WriteSet]) -> dict[int, _Miss]:
        misses: dict[int, _Miss] = {}
        touched: set[int] = set()
        numbered = [(number, guard) for number, one in write_sets.items() for guard in one.guards]
        for sql, steps in calls(numbered):
            going_on = [(number, guard) for number, guard in steps if number not in misses]
            hits = await self._hits(sql, [guard for _, guard in going_on])
            touched.update(number for (number, _), hit in zip(going_on, hits, strict=True) if hit)
            for (number, guard), hit in zip(going_on, hits, strict=True):
                if hit != guard.rows and number not in misses:
                    misses[number] = _Miss(Conflict(guard, hit), spoils=False)
        return {
            number: _Miss(miss.conflict, spoils=number in touched)
            for number, miss in misses.items()
        }

    async def _hits(self, sql: str, guards: Sequence[Guard]) -> list[int]:
        """How many rows each guard hit: each row comes back as the number of its guard."""
        if not guards:
            return []
        rows = await self._connection.fetchmany(
            _returning_number(sql), [(*guard.params, n) for n, guard in enumerate(guards)]
        )
        hits = Counter(row[0] for row in rows)
        return [hits[n] for n in range(len(guards))]

    async def _effects(self, numbers: Sequence[int]) -> None:
        numbered = [(n, effect) for n in numbers for effect in self._write_sets[n].effects]
        for sql, steps in calls(numbered):
            params: list[tuple[Value, ...]] = [effect.params for _, effect in steps]
            await self._connection.executemany(sql, params)

    async def _undo(self) -> None:
        """Back to the last `_keep`."""
        undo = "rollback; begin" if self._alone else "rollback to savepoint batch"
        await self._connection.execute(undo)

    async def _keep(self) -> None:
        await self._connection.execute("release savepoint batch; savepoint batch")

    async def _commit(self, written: Sequence[WriteSet]) -> None:
        channels = frozenset[str]().union(*(one.wakes for one in written))
        how = "" if any(one.durable for one in written) else _NOT_DURABLE
        commit = f"{notification(self._sender, channels)}{how}commit"
        try:
            answer = await self._connection.execute(commit)
        except FAILURES as error:
            if is_lost(error, self._connection):
                raise CommitUnknown(
                    f"{self._where} did not answer to a commit: what was being written is there "
                    f"whole or not at all ({reason(error)})"
                ) from error
            raise
        if answer != "COMMIT":
            raise DatabaseError(f"{self._where} answered {answer} to a commit: nothing was written")


@lru_cache(maxsize=4096)
def _returning_number(sql: str) -> str:
    return f"{sql} returning ${parameter_count(sql) + 1}::bigint"
