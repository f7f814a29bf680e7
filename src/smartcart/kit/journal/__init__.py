"""What happened, in order of time: rows written in the commit of the change they tell of.

Both programs tell an order's history and feed their live pages from it.
"""

from collections.abc import Sequence

import msgspec

from smartcart.kit.database import Database, Effect, Many, Migrations, Statement
from smartcart.kit.ids import new_id

MIGRATIONS = Migrations(component="journal", package="smartcart.kit.journal.migrations")

Fact = str | int | bool | None
Facts = dict[str, Fact | list[dict[str, Fact]]]

_INSERT = Statement(
    "insert into journal (id, key, at, what, facts) values ($1, $2, $3, $4, $5)", rank=90
)
_INSERT_ALL = Many(
    "insert into journal (key, id, at, what, facts) :rows",
    ("text", "text", "bigint", "text", "text"),
    rank=90,
)
_SELECT = "select id, key, at, what, facts from journal"


class Step(msgspec.Struct, frozen=True):
    """One thing that happened to `key` at `at` (microseconds); `facts` is a JSON object."""

    id: str
    key: str
    at: int
    what: str
    facts: str


def step(key: str, at: int, what: str, facts: Facts | None = None) -> Effect:
    """Tell that `what` happened to `key`."""
    told = msgspec.json.encode(facts or {}).decode()
    return _INSERT.effect(key, new_id(), key, at, what, told)


def steps(told: Sequence[tuple[str, Facts]], at: int, what: str) -> tuple[Effect, ...]:
    """Tell that `what` happened to each of these keys."""
    return _INSERT_ALL.effects(
        [(key, new_id(), at, what, msgspec.json.encode(facts).decode()) for key, facts in told]
    )


async def history(database: Database, key: str) -> list[Step]:
    """Everything that happened to `key`, oldest first."""
    return await database.read(Step, f"{_SELECT} where key = $1 order by at, id", key)


async def latest(database: Database, limit: int) -> list[Step]:
    """The newest `limit` steps of all keys, oldest first."""
    newest = await database.read(Step, f"{_SELECT} order by at desc, id desc limit $1", limit)
    return newest[::-1]


async def since(database: Database, at: int, limit: int, after_id: str = "") -> list[Step]:
    """Steps told after `at`, and those at `at` whose id comes after `after_id`; oldest first.

    A step becomes visible with its commit, a little after its `at`: a reader that follows the
    journal asks again for moments already read and leaves out the ids it knows (see `follow`).
    """
    return await database.read(
        Step,
        f"{_SELECT} where (at, id) > ($1, $2) order by at, id limit $3",
        at,
        after_id,
        limit,
    )
