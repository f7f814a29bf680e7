"""Claims and settlements of the outbox in any order, against a small model.

Workers claim, settle, fail, die and come back late while time moves: entries of a key are done in
order, each is delivered or kept as exhausted, nothing is lost, and a lease that ended settles
nothing.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from smartcart import outbox
from smartcart.kit.database import Conflict, WriteSet, open_database
from smartcart.outbox import Claim, Entry, Line, storage
from smartcart.outbox.entry import Candidate

T = TypeVar("T")

QUEUE = "test"
KEYS = {"a/1": "a", "a/2": "a", "b/1": "b", "c/1": "c"}
"""Streams and the lane of each."""
START = 1_000_000
LEASE = 60


@dataclass
class Stream:
    """What must be true of a stream. `due` None: nothing to be done."""

    written: int = 0
    head: int = 1
    due: int | None = None
    lease: str | None = None
    tries: int = 0
    first_try: int | None = None
    attempts: list[tuple[int, int, str]] = field(default_factory=list)

    def moved_on(self, now: int, outcome: str) -> None:
        self.attempts.append((self.head, self.tries, outcome))
        self.head += 1
        self.due = now if self.head <= self.written else None
        self.lease, self.tries, self.first_try = None, 0, None


class Outbox(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="outbox-"))
        self.runner = asyncio.Runner()
        self.database = self.run(
            open_database(f"sqlite:///{self.folder / 'outbox.db'}", [outbox.MIGRATIONS])
        )
        self.now = START
        self.leases = 0
        self.model = {key: Stream() for key in KEYS}
        self.held: list[Claim] = []
        """Claims whose worker lives, whether or not the lease has ended meanwhile."""

    def run(self, coroutine: Coroutine[object, object, T]) -> T:
        return self.runner.run(coroutine)

    def commit(self, write_set: WriteSet) -> None:
        self.run(self.database.commit(write_set))

    def teardown(self) -> None:
        self.drain()
        self.run(self.database.close())
        self.runner.close()
        shutil.rmtree(self.folder)

    @rule(key=st.sampled_from(list(KEYS)), wait=st.sampled_from([0, 0, 30]))
    def write(self, key: str, wait: int) -> None:
        stream = self.model[key]
        stream.written += 1
        seq, due = stream.written, self.now + wait
        entry = Entry(key, seq, QUEUE, KEYS[key], "note", payload=str(seq), due=due)
        self.commit(outbox.enqueue(entry, self.now))
        if stream.due is None:
            stream.due = due

    @rule(seconds=st.integers(1, 2 * LEASE))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    @precondition(lambda self: self.due())
    @rule(chosen=st.data())
    def claim(self, chosen: st.DataObject) -> None:
        candidate = chosen.draw(st.sampled_from(self.look()), label="candidate")
        self.take(candidate)

    @precondition(lambda self: self.due())
    @rule(chosen=st.data())
    def two_workers_claim_at_once(self, chosen: st.DataObject) -> None:
        candidate = chosen.draw(st.sampled_from(self.look()), label="candidate")
        self.take(candidate)
        with pytest.raises(Conflict):
            self.commit(storage.claim(candidate, "too late", self.now, self.now + LEASE))

    def take(self, candidate: Candidate) -> None:
        self.leases += 1
        lease, stream = f"lease-{self.leases}", self.model[candidate.key]
        self.commit(storage.claim(candidate, lease, self.now, self.now + LEASE))
        if stream.lease is not None:
            stream.attempts.append((stream.head, stream.tries, "lost"))
        stream.lease, stream.due = lease, self.now + LEASE
        stream.tries += 1
        stream.first_try = stream.first_try or self.now
        claim = storage.claimed(candidate, lease, self.now)
        assert (claim.seq, claim.attempt) == (stream.head, stream.tries)
        assert claim.first_attempt_at == stream.first_try
        assert claim.payload == str(stream.head)
        self.held.append(claim)

    @precondition(lambda self: self.held)
    @rule(chosen=st.data())
    def a_worker_dies(self, chosen: st.DataObject) -> None:
        self.held.remove(chosen.draw(st.sampled_from(self.held), label="claim"))

    @precondition(lambda self: self.held)
    @rule(chosen=st.data(), outcome=st.sampled_from(["delivered", "exhausted", "failed"]))
    def settle(self, chosen: st.DataObject, outcome: str) -> None:
        claim = chosen.draw(st.sampled_from(self.held), label="claim")
        self.held.remove(claim)
        write_set = self.settlement(claim, outcome)
        stream = self.model[claim.key]
        if stream.lease != claim.lease:
            with pytest.raises(Conflict) as conflict:
                self.commit(write_set)
            assert storage.is_lease_lost(conflict.value.guard.statement)
            return
        self.commit(write_set)
        if outcome != "failed":
            stream.moved_on(self.now, outcome)
            return
        stream.attempts.append((stream.head, stream.tries, "failed"))
        stream.lease, stream.due = None, self.now + 10

    def settlement(self, claim: Claim, outcome: str) -> WriteSet:
        if outcome == "delivered":
            return storage.delivered(claim, self.now, "")
        if outcome == "exhausted":
            return storage.exhausted(claim, self.now, "")
        return storage.postponed(claim, self.now, "", self.now + 10)

    def due(self) -> set[tuple[str, int, int]]:
        """Key, entry and tries of what may be claimed now."""
        return {
            (key, stream.head, stream.tries)
            for key, stream in self.model.items()
            if stream.due is not None and stream.due <= self.now
        }

    def look(self) -> list[Candidate]:
        return [
            head
            for line in Line
            for one in self.run(storage.lanes(self.database, QUEUE, line, "", 9))
            for head in self.run(storage.heads(self.database, QUEUE, {one.lane: 9}, self.now, line))
        ]

    @invariant()
    def what_is_due_is_found_and_nothing_else(self) -> None:
        found = self.look()
        assert {(one.key, one.seq, one.tries) for one in found} == self.due()
        assert len(found) == len(self.due())

    @invariant()
    def every_attempt_is_on_record(self) -> None:
        for key, stream in self.model.items():
            kept = self.run(outbox.attempts(self.database, key))
            assert [(one.seq, one.n, one.outcome) for one in kept] == stream.attempts
            assert len(self.run(outbox.entries(self.database, key))) == stream.written
            assert self.run(outbox.tail(self.database, key)) == stream.written

    def drain(self) -> None:
        """Whatever happened before, everything written is done in the end, and once."""
        self.held.clear()
        for _ in range(200):
            self.now += LEASE
            for candidate in self.look():
                self.take(candidate)
                claim = self.held.pop()
                self.commit(storage.delivered(claim, self.now, ""))
                self.model[candidate.key].moved_on(self.now, "delivered")
            if all(stream.due is None for stream in self.model.values()):
                break
        for stream in self.model.values():
            done = [seq for seq, _, how in stream.attempts if how in ("delivered", "exhausted")]
            assert done == list(range(1, stream.written + 1))
        self.every_attempt_is_on_record()


TestOutbox = Outbox.TestCase
TestOutbox.settings = settings(max_examples=12, stateful_step_count=40, deadline=None)
