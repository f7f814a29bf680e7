"""Whatever is committed at once ends as if it had been committed one after the other.

A model in plain Python says what each set must end with and what the tables must then hold; both
engines are asked the same at random, many sets at a time.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from smartcart.kit.database import (
    Conflict,
    Database,
    Effect,
    Guard,
    IntegrityViolation,
    Statement,
    WriteSet,
    open_database,
)
from tests.conformance.database.tables import (
    SCHEMA,
    add,
    annotate,
    counters,
    create,
    enter,
    entries,
    outcomes,
    put,
    replace,
    take,
    written,
)

_keys = st.sampled_from(["a", "b", "c"])
_amounts = st.integers(0, 3)
_guards = st.one_of(
    st.builds(take, _keys, _amounts),
    st.builds(take, _keys, _amounts),
    st.builds(create, _keys, _amounts),
    st.builds(replace, _keys, _amounts, _amounts),
)
_effects = st.one_of(
    st.builds(add, _keys, _amounts),
    st.builds(put, _keys, _amounts),
    st.builds(enter, _keys, _amounts),
    st.builds(annotate, _keys, _amounts, st.sampled_from(["x", "y"])),
)
_write_sets = st.builds(
    WriteSet,
    st.lists(_guards, max_size=3).map(tuple),
    st.lists(_effects, max_size=3).map(tuple),
)

Step = TypeVar("Step", Guard, Effect)
Ending = None | Guard | type[IntegrityViolation]


@dataclass
class Model:
    """The two tables, and what each statement does to them."""

    counters: dict[str, int]
    entries: dict[tuple[str, int], str]

    def commit(self, write_set: WriteSet) -> Ending:
        """Run a set whole or not at all: None, the guard it missed, or its violation."""
        before = dict(self.counters), dict(self.entries)
        ending = self._run(write_set)
        if ending is not None:
            self.counters, self.entries = before
        return ending

    def _run(self, write_set: WriteSet) -> Ending:
        for guard in in_order(write_set.guards):
            if DOES[guard.statement](self, *guard.params) != guard.rows:
                return guard
        for effect in in_order(write_set.effects):
            try:
                DOES[effect.statement](self, *effect.params)
            except KeyError:
                return IntegrityViolation
        return None

    def take(self, key: str, amount: int) -> int:
        return self.add(key, -amount) if self.counters.get(key, -1) >= amount else 0

    def add(self, key: str, more: int) -> int:
        self.counters[key] = self.counters.get(key, 0) + more
        return 1

    def create(self, key: str, value: int) -> int:
        return 0 if key in self.counters else self.add(key, value)

    def replace(self, key: str, old: int, new: int) -> int:
        return self.put(key, new) if self.counters.get(key) == old else 0

    def put(self, key: str, value: int) -> int:
        return self.add(key, value - self.counters[key]) if key in self.counters else 0

    def enter(self, key: str, seq: int, note: str, data: None) -> int:
        if (key, seq) in self.entries:
            raise KeyError(key)
        self.entries[key, seq] = note
        return 1

    def annotate(self, key: str, seq: int, note: str) -> int:
        if (key, seq) not in self.entries:
            return 0
        self.entries[key, seq] = note
        return 1


DOES: dict[Statement, Callable[..., int]] = {
    take("").statement: Model.take,
    create("", 0).statement: Model.create,
    replace("", 0, 0).statement: Model.replace,
    add("", 0).statement: Model.add,
    put("", 0).statement: Model.put,
    enter("").statement: Model.enter,
    annotate("", 0, "").statement: Model.annotate,
}


def in_order(steps: Sequence[Step]) -> list[Step]:
    return sorted(steps, key=lambda one: (one.statement.rank, one.statement.sql, one.key))


def test_sets_committed_at_once_end_as_if_one_after_the_other(database_url: str) -> None:
    with asyncio.Runner() as runner:
        database = runner.run(open_database(database_url, [SCHEMA]))

        @settings(max_examples=200, deadline=None)
        @given(
            st.dictionaries(_keys, _amounts),
            st.lists(st.lists(_write_sets, max_size=7), max_size=3),
        )
        def agrees_with_the_model(stock: dict[str, int], rounds: list[list[WriteSet]]) -> None:
            runner.run(compare(database, stock, rounds))

        try:
            agrees_with_the_model()
        finally:
            runner.run(database.close())


async def compare(database: Database, stock: dict[str, int], rounds: list[list[WriteSet]]) -> None:
    model = Model(counters=dict(stock), entries={})
    await database.commit(emptied())
    await database.commit(written(*(add(key, value) for key, value in stock.items())))
    for write_sets in rounds:
        expected = [model.commit(write_set) for write_set in write_sets]

        ended = await outcomes(database, write_sets)

        assert [ending(one) for one in ended] == expected
        assert await counters(database) == model.counters
        assert {(key, seq): note for key, seq, note in await entries(database)} == model.entries


def emptied() -> WriteSet:
    return written(
        Statement("delete from counter", rank=1).effect(""),
        Statement("delete from entry", rank=2).effect(""),
    )


def ending(outcome: BaseException | None) -> Ending:
    if isinstance(outcome, Conflict):
        return outcome.guard
    if isinstance(outcome, IntegrityViolation):
        return IntegrityViolation
    assert outcome is None, outcome
    return None
