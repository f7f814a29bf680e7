"""`smartcart merchant restore`: go on from a backup of the shop's database."""

import asyncio
from pathlib import Path

import click

from smartcart.cli.common import command, config_option, database_option
from smartcart.cli.shops import shop_option, shop_settings
from smartcart.kit import database as databases
from smartcart.merchant.storage import MIGRATIONS


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@database_option
@config_option
@shop_option
@command
async def restore(config: Path | None, shop: str | None, database: str | None, file: Path) -> None:
    """Put the backup FILE in the place of the shop's SQLite database.

    Stop the shop first: while a program has the database open, nothing is done. What was there is
    kept under another name. PostgreSQL is restored by pg_restore.
    """
    url = database or shop_settings(config, shop).database
    kept = await asyncio.to_thread(databases.restore, url, file, MIGRATIONS)
    click.echo(f"Restored from {file}.")
    if kept is not None:
        click.echo(f"What was there is kept as {kept}.")
    click.echo("Start the shop: it reads what happened since, as far as the marketplace tells it.")
