"""Write sets: what is to be written, as plain data, whole or not at all.

All guards of a set run before its effects. Guards, and likewise effects, run in the order of
(table rank, SQL text, key); those equal in all three keep the order they were given in. The order
is the same in every process, so that write sets wait for each other and do not deadlock.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import msgspec

Value = str | int | bytes | None

_PARAMETER = re.compile(r"\$(\d+)")
_WRITE = re.compile(r"(insert|update|delete)\s.*[^;]", re.IGNORECASE | re.DOTALL)
_RETURNING = re.compile(r"\breturning\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """An INSERT, UPDATE or DELETE in the SQL both engines understand, with parameters $1, $2, ….

    `rank` is the place of its table in the order in which tables are touched. No RETURNING: no
    value comes out of a write set. A parameter whose type PostgreSQL cannot tell from a column
    beside it is taken for a 32-bit integer or a text: write `cast($1 as bigint)`.
    """

    sql: str
    rank: int

    def __post_init__(self) -> None:
        if not _WRITE.fullmatch(self.sql.strip()) or _RETURNING.search(self.sql):
            raise ValueError(
                "a statement is one INSERT, UPDATE or DELETE without RETURNING or semicolon, "
                f"not {self.sql!r}"
            )

    def guard(self, key: str, *params: Value, rows: int = 1) -> "Guard":
        """Demand that this statement hits exactly `rows` rows; `key` names the row it is about."""
        return Guard(self, key, params, rows)

    def effect(self, key: str, *params: Value) -> "Effect":
        """Run this statement, however many rows it hits; `key` names the row it is about."""
        return Effect(self, key, params)


class Guard(msgspec.Struct, frozen=True):
    """A statement that must hit exactly `rows` rows, else the set is a conflict."""

    statement: Statement
    key: str
    params: tuple[Value, ...]
    rows: int


class Effect(msgspec.Struct, frozen=True):
    """A statement that runs when all guards have hit."""

    statement: Statement
    key: str
    params: tuple[Value, ...]


class WriteSet(msgspec.Struct, frozen=True):
    """Guards and effects committed together, and the channels to wake once they are written.

    One that is not `durable` is answered before it has reached the disk. It survives the end of any
    program; when the database's machine fails at once after it, it is undone whole, unless a
    durable one was committed since.
    """

    guards: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()
    wakes: frozenset[str] = frozenset()
    durable: bool = True

    def __add__(self, other: "WriteSet") -> "WriteSet":
        return WriteSet(
            self.guards + other.guards,
            self.effects + other.effects,
            self.wakes | other.wakes,
            self.durable or other.durable,
        )


Step = TypeVar("Step", Guard, Effect)


def in_order(steps: Iterable[Step]) -> list[Step]:
    """`steps` in the order in which they run."""
    return sorted(steps, key=_place)


def _place(step: Guard | Effect) -> tuple[int, str, str]:
    return step.statement.rank, step.statement.sql, step.key


def parameter_count(sql: str) -> int:
    """The highest parameter number in `sql`."""
    return max((int(number) for number in _PARAMETER.findall(sql)), default=0)


def with_question_marks(sql: str) -> str:
    """`sql` with its $1 written ?1: SQLite takes $1 for a name, which needs a mapping."""
    return _PARAMETER.sub(r"?\1", sql)
