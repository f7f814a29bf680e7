"""A search of the record goes by an index, whatever is searched for."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from smartcart import outbox
from smartcart.kit.database import open_database
from smartcart.outbox import Position, Search


class Recording:
    """A database that is asked and answers nothing."""

    def __init__(self) -> None:
        self.queries: list[tuple[str, tuple[Any, ...]]] = []

    async def read(self, _row: type[Any], sql: str, *params: Any) -> list[Any]:
        self.queries.append((sql, params))
        return []


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Search(kind="note"), "attempt_by_time (kind=? AND started_at<?)"),
        (
            Search(kind="note", since=5),
            "attempt_by_time (kind=? AND started_at>? AND started_at<?)",
        ),
        (Search(kind="note", lane="a"), "attempt_by_lane (kind=? AND lane=? AND started_at<?)"),
        (
            Search(kind="note", outcome="exhausted"),
            "attempt_failed (kind=? AND outcome=? AND started_at<?)",
        ),
        (
            Search(kind="note", lane="a", outcome="failed"),
            "attempt_failed_by_lane (kind=? AND lane=? AND outcome=? AND started_at<?)",
        ),
        (Search(kind="note", key="note/1"), "sqlite_autoindex_attempt_1 (key=?)"),
    ],
    ids=["all", "since", "lane", "outcome", "lane and outcome", "key"],
)
async def test_by_index(tmp_path: Path, wanted: Search, index: str) -> None:
    opened = await open_database(str(tmp_path / "outbox.db"), [outbox.MIGRATIONS])
    await opened.close()
    recording: Any = Recording()
    await outbox.search(recording, wanted, Position(9), 5)
    [(sql, params)] = recording.queries
    with closing(sqlite3.connect(tmp_path / "outbox.db")) as connection:
        plan = connection.execute(f"explain query plan {sql.replace('$', '?')}", params).fetchall()
    assert plan[0][3] == f"SEARCH attempt USING INDEX {index}"
