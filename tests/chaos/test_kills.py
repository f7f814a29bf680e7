"""Every order ends where it should, whatever is killed and when."""

from pathlib import Path

import pytest

from tests.chaos.kills import Plan, run


@pytest.mark.timeout(600)
async def test_fifty_kills_lose_and_double_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    databases = (str(tmp_path / "marketplace.db"), str(tmp_path / "merchant.db"))
    report = await run(tmp_path, databases, Plan(orders=500, kills=50))
    with capsys.disabled():
        print("", *report.lines(), sep="\n  ")
    assert report.wrong == []
    assert sum(report.kills.values()) == 50
    assert report.placed >= 500
    assert report.accepted == report.accept_effects == report.printed
    assert report.reissued > 0
