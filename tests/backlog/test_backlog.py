"""Receivers away for long: each event gets its requests and is kept, and all comes later."""

from pathlib import Path

import pytest

from tests.backlog import memory
from tests.backlog.run import Plan, rate, run

SHORT = Plan(
    times_faster=120,
    events_per_second=40,
    minutes_away=16,
    shops=10,
    usual=400,
    # Four requests with room behind them, which a busy machine needs when it is so much faster.
    offsets=(60, 150, 240),
)


async def test_what_could_not_be_delivered_is_kept_and_comes_in_order(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = await run(tmp_path, database_url, SHORT, lambda _: None)
    with capsys.disabled():
        print("", *report.lines(), sep="\n  ")
    assert report.wrong == []
    assert report.events == report.resent == report.events_by_requests[4]
    assert report.events >= SHORT.events - 11
    assert report.progress_shown[-1:] == ["100%"]
    assert len(report.resident_mib_by_quarter) == 4


def test_memory_that_grows_is_told_from_memory_that_is_flat() -> None:
    assert memory.is_flat([50, 90, 100, 101, 100, 102, 109, 110])
    assert not memory.is_flat([50, 90, 100, 100, 105, 107, 110, 111])


def test_the_rate_is_that_between_the_first_and_the_last_fifth() -> None:
    assert rate([0, 0, 10, 10.5, 11, 11.5, 12, 12.5, 90, 90]) == 2
