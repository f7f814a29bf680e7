"""What the marketplace's commands share: its settings and its database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click

from smartcart.cli.common import settings
from smartcart.kit.database import Database, components, open_database
from smartcart.marketplace.settings import MarketplaceSettings
from smartcart.marketplace.storage import MIGRATIONS

SECTION = "marketplace"

development_option = click.option(
    "--development/--no-development",
    default=None,
    help="Admit webhook URLs without TLS and on this machine.",
)


def configured(config: Path | None, **given: object) -> MarketplaceSettings:
    return settings(MarketplaceSettings, SECTION, config, **given)


async def check_is_there(chosen: MarketplaceSettings) -> None:
    """Tell whoever looks in the wrong place, instead of making an empty database there."""
    if SECTION not in await components(chosen.database):
        raise click.ClickException(
            f"{chosen.database} holds no marketplace's orders: say where they are with --database"
        )


@asynccontextmanager
async def opened(chosen: MarketplaceSettings) -> AsyncIterator[Database]:
    database = await open_database(chosen.database, MIGRATIONS)
    try:
        yield database
    finally:
        await database.close()
