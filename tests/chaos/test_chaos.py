"""Every order ends where it should, whatever is killed, cut off or restarted, and when."""

from pathlib import Path

import pytest

from tests.chaos.plan import Plan
from tests.chaos.run import run
from tests.chaos.telling import lines

PLANS = {
    "postgres": Plan(orders=500, kills=20, restarts=2),
    "sqlite": Plan(orders=300, kills=20),
}


@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("engine", PLANS)
async def test_nothing_is_lost_doubled_or_out_of_order(
    engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = PLANS[engine]
    report = await run(tmp_path, engine, plan)
    with capsys.disabled():
        print("", *lines(report), sep="\n  ")
    assert report.wrong == []
    assert sum(report.faults.values()) == plan.kills + plan.restarts
    assert report.counts["orders"] >= plan.orders
    assert report.counts["accepts carried out"] == report.counts["orders accepted"]
    assert report.counts["files printed"] == report.counts["orders accepted"]
    assert report.counts["orders issued anew"] > 0
    assert report.counts["webhook requests"] > report.counts["events written"]
