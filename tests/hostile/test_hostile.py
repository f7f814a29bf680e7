"""Nothing a marketplace does makes the merchant answer wrongly, oversell, or miss an order."""

from pathlib import Path

import pytest

from tests.hostile.campaign import Plan, run


async def test_a_hostile_marketplace_brings_about_nothing_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = Plan(orders=300, at_once=150, settle_seconds=90, reread_minutes=0.05)
    report = await run(tmp_path, plan)
    with capsys.disabled():
        print("", *report.lines(), sep="\n  ")
    assert report.wrong == []
    assert report.answers_carried_out > 0
    assert sum(report.faults.values()) > 0
