"""Statements about many rows at once: to a server a statement costs more than most rows do."""

from collections.abc import Iterator, Sequence
from functools import cached_property

from smartcart.kit.database.write_set import Effect, Guard, Statement, Value

# Few texts, so that each is prepared once.
_AT_ONCE = (64, 8, 1)


Row = tuple[Value, ...]
"""Its first column is its key, as that of a `Statement` is."""


class Many:
    """A statement with `:rows` in it, which stands for `values (…), (…)` of rows given with it.

    `types` are those of a row's columns, `text` or `bigint`. Taken from, as in
    `from (:rows) as given`, the columns are called column1, column2, …. For `rank` see `Statement`.
    """

    def __init__(self, sql: str, types: Sequence[str], rank: int) -> None:
        self._sql = sql
        self._types = types
        self._rank = rank

    def guards(self, rows: Sequence[Row]) -> tuple[Guard, ...]:
        """Demand that as many rows are hit as are given."""
        return tuple(
            self._statements[len(some)].guard(_key(some), *_flat(some), rows=len(some))
            for some in _parts(rows)
        )

    def effects(self, rows: Sequence[Row]) -> tuple[Effect, ...]:
        """Write the rows, however many are hit."""
        return tuple(
            self._statements[len(some)].effect(_key(some), *_flat(some)) for some in _parts(rows)
        )

    def rows(self, step: Guard | Effect) -> Iterator[Row]:
        """The rows that `step` is about; none when it is of another statement."""
        if step.statement in self._statements.values():
            width = len(self._types)
            for start in range(0, len(step.params), width):
                yield step.params[start : start + width]

    @cached_property
    def _statements(self) -> dict[int, Statement]:
        return {
            n: Statement(self._sql.replace(":rows", self._values(n)), self._rank) for n in _AT_ONCE
        }

    def _values(self, rows: int) -> str:
        width = len(self._types)
        each = (
            ", ".join(
                f"cast(${row * width + n} as {kind})" for n, kind in enumerate(self._types, 1)
            )
            for row in range(rows)
        )
        return f"values {', '.join(f'({one})' for one in each)}"


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """All of them in the order of their keys, which is that in which rows are locked."""
    left = sorted(rows, key=_first)
    for size in _AT_ONCE:
        while len(left) >= size:
            yield left[:size]
            left = left[size:]


def _first(row: Row) -> str:
    return str(row[0])


def _key(rows: Sequence[Row]) -> str:
    return _first(rows[0])


def _flat(rows: Sequence[Row]) -> Iterator[Value]:
    return (value for row in rows for value in row)
