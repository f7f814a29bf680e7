"""`smartcart merchant backup`: a copy of the shop's database while the shop runs."""

import asyncio
from pathlib import Path

import click

from smartcart.cli.common import command, config_option, database_option, settings
from smartcart.kit.database import back_up
from smartcart.merchant.settings import MerchantSettings


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@database_option
@config_option
@command
async def backup(config: Path | None, database: str | None, file: Path) -> None:
    """Copy the shop's SQLite database to the new FILE, while the shop runs or not.

    PostgreSQL is backed up by pg_dump.
    """
    url = database or settings(MerchantSettings, "merchant", config).database
    await asyncio.to_thread(back_up, url, file)
    click.echo(f"Backed up to {file}.")
