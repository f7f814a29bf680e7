"""Whoever observes a database is told of every write set, and of those that share a transaction."""

import asyncio
from collections.abc import Sequence

from smartcart.kit.database import Conflict, DatabaseError, WriteSet, open_database
from tests.conformance.database.tables import SCHEMA, create, outcomes


class Listener:
    def __init__(self) -> None:
        self.waiting = 0
        self.most = 0
        self.groups: list[list[str]] = []

    def submitted(self) -> None:
        self.waiting += 1
        self.most = max(self.most, self.waiting)

    def settled(self, outcomes: Sequence[DatabaseError | None]) -> None:
        self.waiting -= len(outcomes)
        self.groups.append([type(outcome).__name__ for outcome in outcomes])


async def test_an_observer_is_told_what_waits_and_how_it_ended(database_url: str) -> None:
    listener = Listener()
    database = await open_database(database_url, [SCHEMA], observer=listener)
    try:
        sets = [WriteSet(guards=(create("a", 1),)) for _ in range(3)]
        found = await outcomes(database, sets)
        await asyncio.sleep(0)
    finally:
        await database.close()
    assert [type(outcome) for outcome in found] == [type(None), Conflict, Conflict]
    assert listener.most == 3
    assert listener.waiting == 0
    assert [one for group in listener.groups for one in group] == [
        "NoneType",
        "Conflict",
        "Conflict",
    ]
