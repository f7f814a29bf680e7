"""`smartcart demo`: both halves at work, to look at."""

import asyncio
import sys
from pathlib import Path

import click

from smartcart.demo import once as once_through
from smartcart.demo import run as live
from smartcart.demo.options import (
    MARKETPLACE_PORT,
    MERCHANT_PORT,
    PAGE_PORT,
    DemoError,
    DemoOptions,
)


@click.command()
@click.option("--once", is_flag=True, help="Run both flows once, without a page, and exit.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".demo"),
    show_default=True,
    help="Where databases, logs and printed vouchers are kept.",
)
@click.option(
    "--port", default=PAGE_PORT, show_default=True, help="Port of the page; 0: a free one."
)
@click.option(
    "--marketplace-port", type=int, help=f"Port of the marketplace.  [default: {MARKETPLACE_PORT}]"
)
@click.option("--merchant-port", type=int, help=f"Port of the shop.  [default: {MERCHANT_PORT}]")
@click.option(
    "--language",
    type=click.Choice(["el", "en"]),
    help="Of the page and the names on it; as the browser asks when left out.",
)
@click.option("--rate", default=1.0, show_default=True, help="Carts a second of the steady stream.")
@click.option("--marketplace-database", default="", metavar="URL", help="Instead of a SQLite file.")
@click.option("--merchant-database", default="", metavar="URL", help="Instead of a SQLite file.")
def demo(
    once: bool,
    folder: Path,
    port: int,
    marketplace_port: int | None,
    merchant_port: int | None,
    language: str | None,
    rate: float,
    marketplace_database: str,
    merchant_database: str,
) -> None:
    """Run a marketplace and a shop before your eyes.

    Starts both programs, opens a page on 127.0.0.1 on which to place carts, and shows every order's
    steps on both sides as they happen. Ctrl-C stops everything; started again, it goes on.
    """
    try:
        options = DemoOptions(
            folder=folder,
            port=port,
            marketplace_port=marketplace_port,
            merchant_port=merchant_port,
            language=language or "",
            rate=rate,
            marketplace_database=marketplace_database,
            merchant_database=merchant_database,
        )
    except DemoError as error:
        raise click.UsageError(str(error)) from error
    sys.exit(asyncio.run(once_through.once(options) if once else live.run(options)))
