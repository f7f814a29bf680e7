"""Commands of a shop where there are several: --shop says which."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from smartcart.kit.database import Migrations, open_database
from smartcart.marketplace.storage import MIGRATIONS as MARKETPLACE
from smartcart.merchant.storage import MIGRATIONS
from tests.support.commands import Shell

TWO = """
[merchant]
port = 0

[merchant.shops.athens]
webhook_secret = "secret-of-athens-1"
api_token = "token-a"

[merchant.shops.patras]
webhook_secret = "secret-of-patras-1"
api_token = "token-p"
"""
COMMANDS = [
    ("backup", "copy.db"),
    ("restore", "copy.db"),
    ("explain", "C1"),
    ("forget", "C1"),
    ("policy", "test"),
    ("policy", "check"),
    ("stock", "trust"),
]
ids = ["-".join(words) for words in COMMANDS]


@pytest.fixture
def two(shell: Shell) -> Shell:
    (shell.folder / "smartcart.toml").write_text(TWO)
    for name in ("athens", "patras"):
        asyncio.run(_made(shell.folder / f"{name}.db"))
    return shell


async def _made(path: Path, migrations: Sequence[Migrations] = MIGRATIONS) -> None:
    await (await open_database(str(path), migrations)).close()


@pytest.mark.parametrize("words", COMMANDS, ids=ids)
def test_which_shop_must_be_said(two: Shell, words: tuple[str, ...]) -> None:
    told = two.told("merchant", *words, code=2)
    assert "Say which shop with --shop NAME; there are athens, patras." in told


@pytest.mark.parametrize("words", [*COMMANDS, ("run",), ("receiver",), ("worker",)])
def test_one_that_is_not_there_is_told(two: Shell, words: tuple[str, ...]) -> None:
    told = two.told("merchant", *words, "--shop", "volos", code=2)
    assert "There is no shop 'volos'; there are athens, patras." in told


def test_the_shop_that_is_named_is_meant(two: Shell) -> None:
    shown = two.ok("merchant", "backup", "copy.db", "--shop", "patras")
    assert "Backed up to copy.db." in shown
    two.ok("merchant", "restore", "copy.db", "--shop", "patras")
    assert len(list(two.folder.glob("patras-before-*.db"))) == 1
    assert list(two.folder.glob("athens-before-*.db")) == []
    assert two.ok("orders", "list", "--side", "merchant", "--shop", "athens").strip() != ""


def test_a_database_that_is_named_needs_no_shop(two: Shell) -> None:
    two.ok("merchant", "backup", "copy.db", "--database", "athens.db")


def test_where_there_is_one_shop_there_is_none_to_name(shell: Shell) -> None:
    told = shell.told("merchant", "backup", "copy.db", "--shop", "athens", code=2)
    assert "There is no shop 'athens'; there is one shop alone." in told


def test_a_start_is_stopped_by_what_is_wrong_with_any_shop(two: Shell) -> None:
    (two.folder / "smartcart.toml").write_text(TWO.replace('"token-p"', '""'))
    told = two.told("merchant", "run")
    assert "shop patras: api_token" in told
    policy = 'policy = "policy.toml"\n[merchant.shops.patras]'
    (two.folder / "smartcart.toml").write_text(TWO.replace("[merchant.shops.patras]", policy))
    (two.folder / "policy.toml").write_text("[hold]\nvalue_over = -1\n[nonsense]\n")
    assert "shop athens: policy.toml, [nonsense]" in two.told("merchant", "run")


def test_a_database_of_another_program_stops_the_start(two: Shell) -> None:
    (two.folder / "patras.db").unlink()
    asyncio.run(_made(two.folder / "patras.db", MARKETPLACE))
    told = two.told("merchant", "run")
    assert "shop patras: patras.db belongs to another program" in told


def test_init_leaves_a_file_of_several_shops_alone(two: Shell) -> None:
    told = two.told("merchant", "init", "--yes", "--overwrite")
    assert "smartcart.toml: has several shops; say with --shop NAME which to add" in told
    assert (two.folder / "smartcart.toml").read_text() == TWO


def test_doctor_looks_each_over(two: Shell) -> None:
    shown = two.run("doctor", "merchant", "--language", "en").output
    assert shown.index("\nathens:\n") < shown.index("\npatras:\n")
    one = two.run("doctor", "merchant", "--language", "en", "--shop", "patras").output
    assert "athens" not in one
    assert "\npatras:\n" in one


def test_the_policy_that_is_looked_over_is_the_shops_own(two: Shell) -> None:
    (two.folder / "patras-policy.toml").write_text("[answers]\naccept = 7\n")
    file = two.folder / "smartcart.toml"
    file.write_text(f'{TWO}policy = "patras-policy.toml"\n')
    told = two.told("merchant", "policy", "check", "--shop", "patras", code=1)
    assert "patras-policy.toml" in told
    assert "accept" in told
    told = two.ok("merchant", "policy", "check", "--shop", "athens")
    assert told == "No policy is set: the safe defaults are in force.\n"
    both = ("patras-policy.toml", "--shop", "athens")
    told = two.told("merchant", "policy", "check", *both, code=2)
    assert "Give FILE, or the --shop whose policy is meant." in told
