"""`smartcart merchant init`: a new shop, asked, checked, written down and tried."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from smartcart.cli.common import DEFAULT_FILE, command
from smartcart.going_live.init import Given
from smartcart.going_live.init import init as set_up
from smartcart.going_live.talking import Talk
from smartcart.going_live.telling import LANGUAGES, spoken
from smartcart.kit.settings import Secret

_TOKEN = "SMARTCART_MERCHANT_API_TOKEN"  # noqa: S105 - a variable's name
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--config",
    type=_FILE,
    default=DEFAULT_FILE,
    show_default=True,
    help="The settings' file to write; secrets come into a folder beside it.",
)
@click.option(
    "--shop", default="", metavar="NAME", help="Add one of several shops: [merchant.shops.NAME]."
)
@click.option("--yes", is_flag=True, help="Ask nothing: what no option says has its default.")
@click.option("--overwrite", is_flag=True, help="Write anew what is there, keeping it beside.")
@click.option("--api-url", help="The marketplace's Orders API.  [default: https://api.skroutz.gr]")
@click.option("--vendor", help="The name in the media type application/vnd.NAME+json.")
@click.option(
    "--development", is_flag=True, help="Admit a marketplace without TLS and on this machine."
)
@click.option(
    "--token-file",
    type=click.File(encoding="utf-8"),
    help="File with the Orders API's token, - for standard input; else the variable "
    f"{_TOKEN}, else it is asked for.",
)
@click.option(
    "--stock", default="", help="The stock list, an XML feed, CSV or Excel: a path or URL."
)
@click.option("--site", help="The website that passes the webhook on, as https://shop.example.")
@click.option("--webhook-url", help="The webhook's URL whole, where it is not the site's usual.")
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on.  [default: 8800]")
@click.option(
    "--print-folder", type=click.Path(path_type=Path), help="Folder that vouchers are printed to."
)
@click.option("--database", metavar="URL", help="A file for SQLite, or postgresql://….")
@click.option(
    "--policy/--no-policy", default=None, help="Write a policy with the safe defaults beside it."
)
@click.option("--ip-ranges-url", default="", help="Where the marketplace tells its addresses.")
@click.option("--trial/--no-trial", default=None, help="Send demo orders and wait for them.")
@click.option(
    "--wait-seconds", default=180.0, show_default=True, help="How long the trial waits for them."
)
@click.option(
    "--language",
    type=click.Choice(sorted(LANGUAGES)),
    help="In which language; this machine's when left out.",
)
@command
async def init(yes: bool, language: str | None, token_file: Any, **given: Any) -> None:
    """Set a new shop up: ask, check, write the settings, and try the webhook with demo orders.

    Settings that are there are shown, and not written over unless you say so. Secrets are written
    to files that you alone may read. Started again it goes on: it checks what is there and can try
    the webhook again. With --shop another shop is added to those of the file, which stay as they
    are. The exit status is 1 when something is bad.
    """
    talk = Talk(LANGUAGES[language or spoken()], yes)
    with _private():
        well = await set_up(Given(token=_token(token_file), **given), talk)
    if not well:
        sys.exit(1)


@contextmanager
def _private() -> Iterator[None]:
    """What is made meanwhile, a database say, nobody else may read."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _token(file: Any) -> Secret | None:
    text = file.read() if file else os.environ.get(_TOKEN, "")
    return Secret(text.strip()) if text.strip() else None
