"""Every command says what it does, to somebody who has never seen it."""

from collections.abc import Iterator

import click
import pytest

from smartcart.cli import main
from tests.support.commands import Shell


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            following = command.get_command(context, name)
            assert following is not None
            yield from commands(following, (*path, name))


def found(path: tuple[str, ...]) -> click.Command:
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        following = command.get_command(click.Context(command), name)
        assert following is not None
        command = following
    return command


ALL = list(commands(main))
ids = [" ".join(path) or "smartcart" for path in ALL]


def test_all_commands_are_there() -> None:
    assert {path for path in ALL if not isinstance(found(path), click.Group)} == {
        ("deliveries", "exhausted"),
        ("deliveries", "list"),
        ("deliveries", "resend"),
        ("demo",),
        ("doctor",),
        ("marketplace", "api"),
        ("marketplace", "run"),
        ("marketplace", "sender"),
        ("marketplace", "timer"),
        ("marketplace", "merchant", "add"),
        ("marketplace", "merchant", "list"),
        ("marketplace", "merchant", "load"),
        ("marketplace", "merchant", "ping"),
        ("marketplace", "merchant", "set"),
        ("marketplace", "merchant", "signing"),
        ("marketplace", "merchant", "token"),
        ("marketplace", "place"),
        ("merchant", "backup"),
        ("merchant", "explain"),
        ("merchant", "forget"),
        ("merchant", "init"),
        ("merchant", "policy", "check"),
        ("merchant", "policy", "test"),
        ("merchant", "receiver"),
        ("merchant", "restore"),
        ("merchant", "run"),
        ("merchant", "stock", "check"),
        ("merchant", "stock", "trust"),
        ("merchant", "worker"),
        ("orders", "cancel"),
        ("orders", "courier"),
        ("orders", "deliver"),
        ("orders", "dispatch"),
        ("orders", "expire"),
        ("orders", "extend"),
        ("orders", "list"),
        ("orders", "pickups"),
        ("orders", "reject"),
        ("orders", "reschedule"),
        ("orders", "resend"),
        ("orders", "return"),
        ("orders", "serial-numbers"),
        ("orders", "show"),
        ("orders", "start-return"),
        ("place",),
    }


@pytest.mark.parametrize("path", ALL, ids=ids)
def test_help_says_what_it_does(shell: Shell, path: tuple[str, ...]) -> None:
    help_text = found(path).help or ""
    assert len(help_text.split()) >= 3
    for flag in ("--help", "-h"):
        shown = shell.ok(*path, flag)
        assert shown.startswith("Usage: smartcart")
        assert help_text.split()[0] in shown


@pytest.mark.parametrize("path", ALL, ids=ids)
def test_every_option_is_explained(path: tuple[str, ...]) -> None:
    for parameter in found(path).params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{' '.join(path)} {parameter.opts}"
        else:
            assert parameter.human_readable_name in (found(path).help or "")


@pytest.mark.parametrize(
    "words", [("nothing",), ("marketplace", "nothing"), ("place", "--nothing"), ("orders", "show")]
)
def test_what_is_not_there_is_said_in_a_sentence(shell: Shell, words: tuple[str, ...]) -> None:
    told = shell.told(*words, code=2)
    assert "Try 'smartcart" in told


def test_the_version(shell: Shell) -> None:
    assert shell.ok("--version").startswith("smartcart, version ")
