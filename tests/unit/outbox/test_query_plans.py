"""What is asked of the outbox goes by an index, whatever is asked for."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from smartcart import outbox
from smartcart.kit.database import open_database
from smartcart.outbox import Line, Place, Position, Search, Span, storage


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
            "attempt_failed_in_order (kind=? AND outcome=? AND started_at<?)",
        ),
        (
            Search(kind="note", lane="a", outcome="failed"),
            "attempt_failed_in_order_by_lane (kind=? AND lane=? AND outcome=? AND started_at<?)",
        ),
        (Search(kind="note", key="note/1"), "sqlite_autoindex_attempt_1 (key=?)"),
    ],
    ids=["all", "since", "lane", "outcome", "lane and outcome", "key"],
)
async def test_by_index(tmp_path: Path, wanted: Search, index: str) -> None:
    recording: Any = Recording()
    await outbox.search(recording, wanted, Position(9), 5)
    [plan] = await plans(tmp_path, recording)
    assert plan[0] == f"SEARCH attempt USING INDEX {index}"


async def test_what_waits_in_a_lane(tmp_path: Path) -> None:
    recording: Any = Recording()
    with pytest.raises(ValueError, match="not enough values"):
        await outbox.waiting(recording, "test", "kyma", 5)
    await outbox.next_due(recording, "test", "kyma")
    by_line = "stream_by_line (queue=? AND <expr>=? AND lane=? AND due>?)"
    search = f"SEARCH stream USING INDEX {by_line}"
    assert await plans(tmp_path, recording) == [
        ["CO-ROUTINE looked_at", search, "SCAN looked_at"],
        [search],
        [search],
    ]


async def test_the_heads_of_many_lanes_are_read_lane_by_lane(tmp_path: Path) -> None:
    recording: Any = Recording()
    await storage.heads(recording, "test", {f"lane{n}": 3 for n in range(10)}, 5)
    of_lane = [
        "SEARCH s USING INDEX stream_by_line (queue=? AND <expr>=? AND lane=? AND due>? AND due<?)",
        "SEARCH e USING INDEX sqlite_autoindex_entry_1 (key=? AND seq=?)",
    ]
    found = await plans(tmp_path, recording)
    searches = [[step for step in plan if step.startswith("SEARCH")] for plan in found]
    assert searches == [of_lane * 8, of_lane, of_lane]
    assert not any("TEMP B-TREE" in step for plan in found for step in plan)


async def test_a_lane_s_first_due_is_one_seek(tmp_path: Path) -> None:
    recording: Any = Recording()
    await storage.lanes(recording, "test", Line.FIRST, "", 64)
    [plan] = await plans(tmp_path, recording)
    by_lane = "stream_by_line (queue=? AND <expr>=? AND lane=? AND due>?)"
    assert f"SEARCH s USING INDEX {by_lane}" in plan
    assert not any("TEMP B-TREE" in step for step in plan)


@pytest.mark.parametrize(
    ("span", "index"),
    [
        (Span(kind="note", since=70_000_000), "attempt_failed_in_order (kind=? AND outcome=?"),
        (
            Span(kind="note", lane="a"),
            "attempt_failed_in_order_by_lane (kind=? AND lane=? AND outcome=?",
        ),
    ],
    ids=["all", "lane"],
)
async def test_what_was_given_up_is_read_in_the_order_of_the_index(
    tmp_path: Path, span: Span, index: str
) -> None:
    """However many there are: nothing is sorted before a page of them is there."""
    recording: Any = Recording()
    await outbox.exhausted.exhausted(recording, span, Place(5, "note/1", 1), 10)
    with pytest.raises(ValueError, match="not enough values"):
        await outbox.exhausted.count(recording, span, 10)
    for plan in await plans(tmp_path, recording):
        search = f"SEARCH attempt USING INDEX {index} AND started_at>?)"
        assert plan[:3] == ["CO-ROUTINE a", search, "SCAN a"]


async def plans(folder: Path, recording: Recording) -> list[list[str]]:
    """How SQLite goes about what was asked, step by step."""
    opened = await open_database(str(folder / "outbox.db"), [outbox.MIGRATIONS])
    await opened.close()
    with closing(sqlite3.connect(folder / "outbox.db")) as connection:
        return [
            [
                str(step[3])
                for step in connection.execute(
                    f"explain query plan {sql.replace('$', '?')}", params
                )
            ]
            for sql, params in recording.queries
        ]
