"""`smartcart merchant backup`: a copy of the shop's database while the shop runs."""

import asyncio
from pathlib import Path

import click

from smartcart.cli.common import command, config_option, database_option
from smartcart.cli.shops import shop_option, shop_settings
from smartcart.kit.database import back_up


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@database_option
@config_option
@shop_option
@command
async def backup(config: Path | None, shop: str | None, database: str | None, file: Path) -> None:
    """Copy the shop's SQLite database to the new FILE, while the shop runs or not.

    PostgreSQL is backed up by pg_dump.
    """
    url = database or shop_settings(config, shop).database
    await asyncio.to_thread(back_up, url, file)
    click.echo(f"Backed up to {file}.")
