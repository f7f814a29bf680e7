import importlib
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from bench.__main__ import PARTS, main
from bench.figures import Conditions, Figure, Report, conditions, keep, table

FIGURES = [
    Figure(
        name="write sets, 64 callers",
        value=24_100.4,
        unit="sets/s",
        baseline=4_800,
        baseline_name="one COMMIT a call",
        ratio=5.02,
    ),
    Figure(name="label", value=4.2, unit="ms", baseline=8.4, baseline_name="a full font", ratio=2),
]


def test_figures_stand_in_columns_beside_their_baselines() -> None:
    assert table(FIGURES).splitlines() == [
        "                                        baseline  ratio",
        "write sets, 64 callers  24,100  sets/s     4,800  5.02×  against one COMMIT a call",
        "label                      4.2  ms           8.4  2.00×  against a full font",
    ]


def test_a_report_is_kept_with_what_it_was_measured_on(tmp_path: Path) -> None:
    where = Conditions(
        at=datetime(2026, 5, 1, tzinfo=UTC),
        python="CPython 3.11.7",
        system="Linux",
        cpu_count=2,
        sqlite="3.40.1",
        postgres="18.1",
        packages={"msgspec": "0.22.0"},
    )
    report = Report(part="voucher", seconds=1.5, conditions=where, figures=FIGURES)
    path = keep(report, tmp_path / "out")
    assert path == tmp_path / "out/voucher.json"
    assert msgspec.json.decode(path.read_bytes(), type=Report) == report


async def test_conditions_are_those_of_this_machine() -> None:
    here = await conditions()
    assert here.cpu_count >= 1
    assert here.sqlite[0] == "3"
    assert set(here.packages) >= {"msgspec", "asyncpg", "smartcart"}


@pytest.mark.parametrize("part", PARTS)
def test_every_part_can_be_run(part: str) -> None:
    assert callable(importlib.import_module(f"bench.{part}").run)


def test_an_unknown_part_is_refused_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["vouchr"])
    assert "there is no part vouchr; there are write_sets" in capsys.readouterr().err
