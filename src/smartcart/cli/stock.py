"""`smartcart merchant stock …`: what only a person can say of the shop's stock list."""

from pathlib import Path

import click

from smartcart.cli.common import command, config_option, database_option
from smartcart.cli.shops import shop_option, shop_settings
from smartcart.kit.database import open_database
from smartcart.merchant import storage
from smartcart.merchant.actions import counting


@click.group()
def stock() -> None:
    """The shop's stock list."""


@stock.command()
@database_option
@config_option
@shop_option
@command
async def trust(config: Path | None, shop: str | None, database: str | None) -> None:
    """Have a stock list taken over that has suddenly shrunk, since it is right.

    The running shop does so at its next look, and decides the orders on hold again. A list that is
    written anew meanwhile is judged anew.
    """
    url = database or shop_settings(config, shop).database
    opened = await open_database(url, storage.MIGRATIONS)
    try:
        trusted = await counting.trust(opened)
    finally:
        await opened.close()
    if not trusted:
        raise click.ClickException("No stock list waits to be trusted.")
    for row in trusted:
        click.echo(f"{row.name} will be taken over: {row.why}")
