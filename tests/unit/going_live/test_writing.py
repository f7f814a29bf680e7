"""The files of a new shop, and what becomes of those that are there."""

import os
import tomllib
from pathlib import Path

import pytest

from smartcart.going_live import writing
from smartcart.going_live.answers import Answers, kind_of
from smartcart.kit.settings import Secret, SettingsError, load
from smartcart.merchant.domain.policy import Policy
from smartcart.merchant.policy_file import SECTIONS, read_policy
from smartcart.merchant.settings import MerchantSettings
from tests.support.workbooks import old_xls, xlsx

SECRET = "a-secret-of-sixteen-or-more"


def answers(folder: Path, **changes: object) -> Answers:
    given: dict[str, object] = {
        "api_url": "https://api.example",
        "token": Secret("the-token"),
        "webhook_secret": Secret(SECRET),
        "webhook_url": f"https://shop.example/smartcart/webhook/{SECRET}",
        "print_folder": folder / "vouchers",
        "database": str(folder / "merchant.db"),
        "policy": folder / "policy.toml",
        "stock": str(folder / "stock.xml"),
    }
    return Answers(**{**given, **changes})  # type: ignore[arg-type]


def read(config: Path) -> MerchantSettings:
    return load(MerchantSettings, "merchant", config, {})


def test_what_is_written_is_what_was_answered(tmp_path: Path) -> None:
    config = tmp_path / "smartcart.toml"
    given = answers(tmp_path, port=9000, vendor="other")
    assert writing.write(given, config) == [
        config,
        *(tmp_path / "secrets" / name for name in ("api_token", "webhook_secret", "webhook_url")),
        tmp_path / "policy.toml",
    ]
    assert read(config) == given.settings()
    text = config.read_text(encoding="utf-8")
    assert SECRET not in text
    assert "the-token" not in text


@pytest.mark.skipif(os.name == "nt", reason="rights of files are bits on POSIX alone")
def test_nobody_else_reads_the_secrets(tmp_path: Path) -> None:
    writing.write(answers(tmp_path), tmp_path / "smartcart.toml")
    folder = tmp_path / "secrets"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_what_was_there_is_kept_beside_and_what_it_set_besides_is_set_again(
    tmp_path: Path,
) -> None:
    config = tmp_path / "smartcart.toml"
    before = "[merchant]\nport = 9999\napi_token = 'old'\nalarm_minutes_before_expiry = [60, 15]\n"
    config.write_text(before, encoding="utf-8")
    (tmp_path / "policy.toml").write_text("[answers]\naccept = false\n", encoding="utf-8")
    writing.write(answers(tmp_path), config)
    found = read(config)
    assert (found.port, found.alarm_minutes_before_expiry) == (8800, (60, 15))
    assert found.api_token == Secret("the-token")
    assert not found.rules.answers.accept
    [beside] = tmp_path.glob("smartcart-before-*.toml")
    assert beside.read_text(encoding="utf-8") == before


@pytest.mark.parametrize("text", ["[marketplace]\nport = 1\n", "[merchant"])
def test_a_file_that_is_no_shops_alone_is_left_alone(tmp_path: Path, text: str) -> None:
    config = tmp_path / "smartcart.toml"
    config.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError):
        writing.write(answers(tmp_path), config)
    assert config.read_text(encoding="utf-8") == text
    assert sorted(tmp_path.iterdir()) == [config]


def test_a_list_that_is_fetched_is_a_table_of_its_own(tmp_path: Path) -> None:
    config = tmp_path / "smartcart.toml"
    given = answers(tmp_path, stock="https://shop.example/feed.xml?key=hidden")
    writing.write(given, config)
    assert read(config).stock == given.settings().stock
    assert "hidden" not in writing.shown(config)
    assert writing.shown(config).endswith('[[merchant.stock]]\nkind = "feed"\nurl = ***')
    text = config.read_text(encoding="utf-8") + "refresh_seconds = 300\n"
    config.write_text(text, encoding="utf-8")
    writing.write(answers(tmp_path), config)
    assert (read(config).stock, read(config).stock_feed) == ((), tmp_path / "stock.xml")


def test_on_the_screen_secrets_are_masked(tmp_path: Path) -> None:
    config = tmp_path / "smartcart.toml"
    config.write_text(
        '[merchant]\nport = 9999\nalarm_urls = """\nmailto://hidden\n"""\napi_token = "hidden"\n',
        encoding="utf-8",
    )
    assert writing.shown(config) == ("[merchant]\nport = 9999\nalarm_urls = ***\napi_token = ***")


def test_the_policy_that_is_written_is_the_default_and_says_all_of_it(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(writing.policy_toml(), encoding="utf-8")
    written, default = read_policy(file), read_policy(None)
    assert _unnamed(written) == _unnamed(default)
    in_force = "\n".join(
        line.removeprefix("# ") if " = " in line and " = …" not in line else line
        for line in writing.policy_toml().splitlines()
    )
    assert set(tomllib.loads(in_force)) == set(SECTIONS)
    file.write_text(in_force, encoding="utf-8")
    assert _unnamed(read_policy(file)) == _unnamed(default)


def _unnamed(policy: Policy) -> list[object]:
    return [getattr(policy, name) for name in policy.__struct_fields__ if name != "name"]


def test_a_list_is_told_by_its_name_or_by_how_it_begins(tmp_path: Path) -> None:
    assert kind_of("a.XML") == "feed"
    assert kind_of("a.csv.gz") == "csv"
    assert kind_of("https://shop.example/feed?x=a.csv") == "feed"
    assert kind_of("https://shop.example/stock.csv?x=1") == "csv"
    unnamed = tmp_path / "stock"
    assert kind_of(str(unnamed)) == "csv"
    unnamed.write_bytes(b"\xef\xbb\xbf\n<?xml version='1.0'?>")
    assert kind_of(str(unnamed)) == "feed"
    unnamed.write_bytes(b"id;quantity\n")
    assert kind_of(str(unnamed)) == "csv"
    for workbook in (xlsx([["id", "quantity"]]), old_xls()):
        unnamed.write_bytes(workbook)
        assert kind_of(str(unnamed)) == "excel"
    assert kind_of("https://shop.example/stock.XLSX?x=1") == kind_of("stock.xls") == "excel"
