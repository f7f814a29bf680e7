"""`smartcart doctor`, as somebody types it for whom nothing works."""

import json
from pathlib import Path

import pytest

from tests.support.commands import Shell
from tests.support.ports import free_port

TOKEN, SECRET = "hidden-token", "hidden-secret-of-sixteen"


@pytest.fixture
def configured(shell: Shell) -> Path:
    (shell.folder / "stock.csv").write_text("id,quantity\n1,5\n", encoding="utf-8")
    config = shell.folder / "smartcart.toml"
    config.write_text(
        f"[merchant]\napi_url = 'http://127.0.0.1:{free_port()}'\ndevelopment = true\n"
        f"api_token = '{TOKEN}'\nwebhook_secret = '{SECRET}'\nstock_csv = 'stock.csv'\n",
        encoding="utf-8",
    )
    config.chmod(0o600)
    return config


def levels(shell: Shell, *words: str) -> dict[str, list[str]]:
    found = shell.run("doctor", "--json", *words)
    assert found.exit_code in (0, 1), found.output
    by_check: dict[str, list[str]] = {}
    for each in json.loads(found.stdout):
        by_check.setdefault(each["check"], []).append(each["level"])
    return by_check


def test_a_shop_whose_marketplace_is_away(shell: Shell, configured: Path) -> None:
    before = sorted(shell.folder.iterdir())
    assert levels(shell) == {
        "Python": ["ok"],
        "time zones": ["ok"],
        "settings": ["ok"],
        "secrets": ["ok"],
        "database": ["ok"],
        "disk": ["ok"],
        "token": ["bad"],
        "clock": ["warning"],
        "stock": ["ok"],
        "print folder": ["ok"],
        "policy": ["ok"],
        "alarms": ["warning"],
        "webhook": ["warning"],
    }
    assert sorted(shell.folder.iterdir()) == before


def test_a_line_a_check_in_the_language_that_is_asked_for(shell: Shell, configured: Path) -> None:
    found = shell.run("doctor", "--language", "el")
    assert found.exit_code == 1
    lines = found.stdout.splitlines()
    assert len(lines) == 13
    assert lines[1] == (
        "εντάξει   ζώνες ώρας: η ώρα Europe/Athens είναι γνωστή, με τη θερινή της ώρα"
    )
    assert TOKEN not in found.output
    assert SECRET not in found.output


def test_without_settings_it_says_how_to_begin(shell: Shell) -> None:
    found = shell.run("doctor", "--language", "en")
    assert found.exit_code == 1
    assert "webhook_secret: is not set" in found.stdout
    assert "`smartcart merchant init` writes a shop's settings" in found.stdout


def test_the_marketplaces_half(shell: Shell) -> None:
    found = levels(shell, "marketplace")
    assert found["public"] == ["warning", "warning"]
    assert found["database"] == ["ok"]
    served = shell.folder / "smartcart.toml"
    served.write_text(
        "[marketplace]\npublic_url = 'https://m.example'\nsender_networks = ['198.51.100.0/24']\n",
        encoding="utf-8",
    )
    assert levels(shell) == {
        "Python": ["ok"],
        "time zones": ["ok"],
        "settings": ["ok"],
        "secrets": ["ok"],
        "database": ["ok"],
        "disk": ["ok"],
        "public": ["ok"],
    }
    assert shell.run("doctor").exit_code == 0
