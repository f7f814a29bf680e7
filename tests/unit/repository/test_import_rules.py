"""The rules on imports bite: a copy of the tree with one trespasser in each room is refused."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
TRESPASSES = [
    ("contract", "kit.clock"),
    ("kit", "contract.money"),
    ("outbox", "contract.money"),
    ("client", "outbox.entry"),
    ("marketplace.actions", "merchant.domain"),
    ("merchant.actions", "marketplace.domain"),
    ("marketplace.domain", "kit.clock"),
    ("merchant.domain", "outbox.entry"),
    ("marketplace.domain", "marketplace.storage"),
    ("marketplace.storage", "marketplace.actions"),
    ("marketplace.actions", "marketplace.api"),
    ("marketplace.api", "marketplace.webhook"),
    ("marketplace.voucher", "marketplace.app"),
    ("merchant.storage", "merchant.printing"),
    ("merchant.actions", "merchant.receiver"),
    ("demo", "marketplace.app"),
]
IMPURITIES = [
    ("contract", "time"),
    ("marketplace.domain", "asyncio"),
    ("merchant.domain", "random"),
]


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("trespassers")
    shutil.copy(REPOSITORY / ".importlinter", root)
    package = root / "smartcart"
    shutil.copytree(
        REPOSITORY / "src/smartcart", package, ignore=shutil.ignore_patterns("__pycache__")
    )
    wanted = [(room, f"smartcart.{module}") for room, module in TRESPASSES] + IMPURITIES
    for number, (room, module) in enumerate(wanted):
        path = package / room.replace(".", "/") / f"trespasser{number}.py"
        path.write_text(f"import {module}\n")
    (package / "drawer.py").write_text("")
    (package / "marketplace/utils.py").write_text("")
    result = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1, result.stdout + result.stderr
    return result.stdout


@pytest.mark.parametrize(("number", "room", "module"), [(n, *t) for n, t in enumerate(TRESPASSES)])
def test_an_import_against_the_direction_is_refused(
    verdict: str, number: int, room: str, module: str
) -> None:
    assert f"smartcart.{room}.trespasser{number} -> smartcart.{module}" in verdict


@pytest.mark.parametrize(("room", "module"), IMPURITIES)
def test_what_decides_may_not_act(verdict: str, room: str, module: str) -> None:
    assert f"smartcart.{room} is not allowed to import {module}:" in verdict


@pytest.mark.parametrize("stray", ["smartcart.drawer", "smartcart.marketplace.utils"])
def test_a_new_room_needs_its_place_in_the_order(verdict: str, stray: str) -> None:
    assert stray in verdict
