"""What commands share: where settings come from, and how a failure is told."""

import functools
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
import msgspec

from smartcart.contract import ContractError
from smartcart.kit import loop
from smartcart.kit.database import DatabaseError
from smartcart.kit.serving import PortTaken
from smartcart.kit.settings import SettingsError, load
from smartcart.marketplace.domain.refusal import Refused

P = ParamSpec("P")
R = TypeVar("R")
Settings = TypeVar("Settings", bound=msgspec.Struct)

DEFAULT_FILE = Path("smartcart.toml")

# What a person can mend: told in a sentence, without a traceback.
_MENDABLE = (
    SettingsError,
    DatabaseError,
    PortTaken,
    Refused,
    ContractError,
    OSError,
    ImportError,
)

config_option = click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="SMARTCART_CONFIG",
    help="TOML file with settings; smartcart.toml in the current folder when it is there.",
)
database_option = click.option(
    "--database", metavar="URL", help="A file for SQLite, or postgresql://user@host/name."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def settings(kind: type[Settings], section: str, config: Path | None, **given: object) -> Settings:
    """The settings of `section`; options that were `given` come first."""
    return load(kind, section, config_file(config), os.environ, given)


def config_file(config: Path | None) -> Path | None:
    """The TOML file that settings come from: the one that was named, else the folder's own."""
    return config or (DEFAULT_FILE if DEFAULT_FILE.is_file() else None)


def command(function: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, R]:
    """Run a command's coroutine; tell what a person can mend in a sentence and exit with 1."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return loop.run(function(*args, **kwargs))
        except _MENDABLE as error:
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            sys.exit(130)

    return run


def show_json(value: object) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(value)).decode())
