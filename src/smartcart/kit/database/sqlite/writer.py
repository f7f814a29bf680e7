"""The one thread that writes: it takes all that is queued, up to a limit, into one transaction."""

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue

from smartcart.kit.database.errors import Conflict
from smartcart.kit.database.sqlite.connection import (
    REFUSALS,
    concerns_whole_file,
    explained,
    explained_commit,
    rewritten,
)
from smartcart.kit.database.submissions import Job, Outcome
from smartcart.kit.database.write_set import WriteSet, in_order

GROUP = 256

Settle = Callable[[Sequence[Job], Sequence[Outcome]], None]


class Writer:
    """Write sets in, outcomes out, in groups; `settle` is called on the loop once a group."""

    def __init__(self, connection: sqlite3.Connection, path: Path, settle: Settle) -> None:
        self._connection = connection
        self._path = path
        self._settle = settle
        self._loop = asyncio.get_running_loop()
        self._jobs: deque[Job] = deque()
        self._nudges: SimpleQueue[bool] = SimpleQueue()
        self._nudged = False
        self._durable = True
        self._ended = self._loop.create_future()
        threading.Thread(target=self._run, name="sqlite-writer", daemon=True).start()

    def put(self, job: Job) -> None:
        """Queue a job, and nudge the thread unless a nudge is on its way."""
        self._jobs.append(job)
        if not self._nudged:
            self._nudged = True
            self._nudges.put(True)

    async def close(self) -> None:
        """Write what is queued and end the thread."""
        self._nudges.put(False)
        await asyncio.shield(self._ended)

    def _run(self) -> None:
        going_on = True
        while going_on:
            going_on = self._nudges.get()
            self._nudged = False  # before looking, so that what comes from here on nudges again
            while group := self._take():
                outcomes = self._write(group)
                self._loop.call_soon_threadsafe(self._settle, group, outcomes)
        self._connection.close()
        self._loop.call_soon_threadsafe(self._ended.set_result, None)

    def _take(self) -> list[Job]:
        return [self._jobs.popleft() for _ in range(min(len(self._jobs), GROUP))]

    def _write(self, group: list[Job]) -> list[Outcome]:
        """One transaction; the outcome of each job. Never raises: every caller gets an answer."""
        try:
            self._become(durable=any(write_set.durable for write_set, _ in group))
            self._connection.execute("begin immediate")
            outcomes = self._outcomes([write_set for write_set, _ in group])
        except Exception as error:
            self._roll_back()
            return [explained(error, self._path) for _ in group]
        if None not in outcomes:
            self._roll_back()
            return outcomes
        try:
            self._connection.execute("commit")
        except sqlite3.Error as error:
            self._roll_back()
            return [explained_commit(error, self._path) for _ in group]
        return outcomes

    def _become(self, *, durable: bool) -> None:
        """Whether what is committed from here on, and all before it, is on the disk when it is."""
        if durable != self._durable:
            self._connection.execute(f"pragma synchronous = {'full' if durable else 'normal'}")
            self._durable = durable

    def _roll_back(self) -> None:
        # A full disk makes SQLite roll back by itself, at times.
        if self._connection.in_transaction:
            self._connection.execute("rollback")

    def _outcomes(self, write_sets: list[WriteSet]) -> list[Outcome]:
        if self._are_written(write_sets):
            return [None for _ in write_sets]
        self._roll_back()
        self._connection.execute("begin immediate")
        return [self._write_beside_others(write_set) for write_set in write_sets]

    def _are_written(self, write_sets: list[WriteSet]) -> bool:
        """Write all of them, as they mostly can be; unless they are, the caller must roll back."""
        return all(self._outcome(write_set) is None for write_set in write_sets)

    def _write_beside_others(self, write_set: WriteSet) -> Outcome:
        """Write one set, or nothing of it."""
        execute = self._connection.execute
        execute("savepoint write_set")
        outcome = self._outcome(write_set)
        if outcome is not None:
            execute("rollback to write_set")
        execute("release write_set")
        return outcome

    def _outcome(self, write_set: WriteSet) -> Outcome:
        """Run the set; unless it is written whole, its caller must roll back."""
        try:
            return self._run_statements(write_set)
        except REFUSALS as error:
            if concerns_whole_file(error):
                raise
            return explained(error, self._path)

    def _run_statements(self, write_set: WriteSet) -> Conflict | None:
        execute = self._connection.execute
        for guard in in_order(write_set.guards):
            hit = execute(rewritten(guard.statement.sql), guard.params).rowcount
            if hit != guard.rows:
                return Conflict(guard, hit)
        for effect in in_order(write_set.effects):
            execute(rewritten(effect.statement.sql), effect.params)
        return None
