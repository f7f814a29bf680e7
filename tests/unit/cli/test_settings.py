"""Where commands take their settings from, and what they say of those that will not do."""

import sqlite3
from contextlib import closing

import pytest

from smartcart.kit.serving import listen
from tests.support.commands import Shell

LIST = ("marketplace", "merchant", "list")


def test_the_database_of_option_environment_and_file_in_this_order(shell: Shell) -> None:
    (shell.folder / "smartcart.toml").write_text('[marketplace]\ndatabase = "file.db"\n')
    shell.ok(*LIST)
    shell.ok(*LIST, SMARTCART_MARKETPLACE_DATABASE="environment.db")
    shell.ok(*LIST, "--database", "option.db", SMARTCART_MARKETPLACE_DATABASE="environment.db")
    other = shell.folder / "other.toml"
    other.write_text('[marketplace]\ndatabase = "other.db"\n')
    shell.ok(*LIST, "--config", str(other))
    shell.ok(*LIST, SMARTCART_CONFIG=str(other))
    made = {path.name for path in shell.folder.glob("*.db")}
    assert made == {"file.db", "environment.db", "option.db", "other.db"}


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[marketplace]\nprot = 1\n", "did you mean port?"),
        ("[marketplace]\nport = 99999\n", "a whole number, at least 0, at most 65535"),
        ("[marketplace]\nport = 'x'\n", "port, from smartcart.toml, [marketplace] port"),
        ("[marketplaces]\n", "did you mean [marketplace]?"),
        ("port = 1\n", "stands outside a section"),
        ("[marketplace\n", "is not TOML"),
    ],
)
def test_a_settings_file_that_will_not_do(shell: Shell, toml: str, message: str) -> None:
    (shell.folder / "smartcart.toml").write_text(toml)
    assert message in shell.told(*LIST)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SMARTCART_MARKETPLACE_PROT", "1", "did you mean SMARTCART_MARKETPLACE_PORT?"),
        ("SMARTCART_MARKETPLACE_PORT", "many", "is 'many'; write a whole number"),
        ("SMARTCART_MARKETPLACE_ANSWER_HOURS", "0", "a number, more than 0"),
        ("SMARTCART_MARKETPLACE_PANEL_KEY_FILE", "nowhere", "nowhere cannot be read"),
    ],
)
def test_a_variable_that_will_not_do(shell: Shell, name: str, value: str, message: str) -> None:
    assert message in shell.told(*LIST, environment={name: value})


def test_a_secret_is_never_shown(shell: Shell) -> None:
    (shell.folder / "smartcart.toml").write_text("[marketplace]\npanel_key = 12345678\n")
    assert "12345678" not in shell.told(*LIST)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nowhere/market.db", "nowhere"),
        ("mysql://root@localhost/db", "mysql"),
        ("postgresql://nobody@127.0.0.1:1/none", "127.0.0.1"),
    ],
)
def test_a_database_that_cannot_be_opened(shell: Shell, url: str, message: str) -> None:
    assert message in shell.told(*LIST, "--database", url)


def test_a_file_that_is_no_database(shell: Shell) -> None:
    (shell.folder / "notes.txt").write_text("not a database" * 1000)
    assert "notes.txt" in shell.told(*LIST, "--database", "notes.txt")


def test_a_database_of_a_newer_program(shell: Shell) -> None:
    shell.ok(*LIST)
    with closing(sqlite3.connect("marketplace.db")) as connection, connection:
        [[table]] = connection.execute(
            "select name from sqlite_master where type = 'table' and name like '%migration%'"
        )
        columns = [row[1] for row in connection.execute(f"pragma table_info({table})")]
        assert {"component", "version"} <= set(columns), columns
        connection.execute(
            f"update {table} set version = version + 99 where component = 'marketplace'"
        )
    told = shell.told(*LIST)
    assert "newer" in told


def test_a_port_that_is_taken(shell: Shell) -> None:
    with listen("127.0.0.1", 0) as listener:
        port = str(listener.getsockname()[1])
        told = shell.told("marketplace", "run", "--port", port)
    assert f"cannot listen on 127.0.0.1:{port} (Address already in use)" in told
    assert "choose another host or port" in told


def test_a_port_that_is_none(shell: Shell) -> None:
    told = shell.told("marketplace", "run", "--port", "99999")
    assert "option --port: is 99999; write a whole number, at least 0, at most 65535" in told
    assert "not a valid integer" in shell.told("marketplace", "run", "--port", "x", code=2)


def test_a_host_there_is_not(shell: Shell) -> None:
    told = shell.told("marketplace", "run", "--host", "nowhere.invalid")
    assert "cannot listen on nowhere.invalid:8700" in told
