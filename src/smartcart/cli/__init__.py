"""The commands. A command is thin: it reads its options, calls one thing, and tells how it went."""

import sys
from importlib import import_module
from io import TextIOWrapper
from typing import Any

import click


class _Commands(click.Group):
    """Imports a command when it is asked for: a shop's program starts without the marketplace."""

    _NAMES = ("deliveries", "demo", "doctor", "marketplace", "merchant", "orders", "place")

    def main(self, *args: Any, **kwargs: Any) -> Any:
        _have_everything_printed()
        return super().main(*args, **kwargs)

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(self._NAMES)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._NAMES:
            return None
        command: click.Command = getattr(import_module(f"{__name__}.{cmd_name}"), cmd_name)
        return command


def _have_everything_printed() -> None:
    """Greek and arrows also where the output's encoding lacks them, as in a pipe on Windows."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and not stream.isatty():
            if sys.platform == "win32":
                stream.reconfigure(encoding="utf-8")
            stream.reconfigure(errors="replace")


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="smartcart")
def main() -> None:
    """Smart Cart orders, both halves.

    The marketplace takes carts, sends each merchant its orders by webhook and serves the Orders
    API. The merchant receives them, checks stock, accepts or rejects, and prints vouchers.

    \b
    See it work:          smartcart demo
    Run a marketplace:    smartcart marketplace run
    Begin with a shop:    smartcart merchant init
    Run a shop:           smartcart merchant run
    Look it over:         smartcart doctor

    Settings come from the command line, from SMARTCART_… environment variables, and from
    smartcart.toml in the current folder, in this order.
    """
