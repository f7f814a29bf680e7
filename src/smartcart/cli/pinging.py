"""`smartcart marketplace merchant ping ID`, and the same before a new URL is taken."""

import sys
from pathlib import Path

import click

from smartcart.cli.common import (
    command,
    config_option,
    database_option,
    json_option,
    show_json,
)
from smartcart.cli.market import configured, development_option, opened
from smartcart.kit.database import Database
from smartcart.marketplace import app
from smartcart.marketplace.actions import loading
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.ping import Pinged
from smartcart.marketplace.settings import MarketplaceSettings


@click.command(name="ping")
@click.argument("merchant_id", metavar="ID")
@development_option
@json_option
@database_option
@config_option
@command
async def ping(
    config: Path | None,
    database: str | None,
    development: bool | None,
    merchant_id: str,
    as_json: bool,
) -> None:
    """POST a test event to ID's webhook URL, now, and tell what came of it.

    Its type is `ping`, it is about no order, and nothing follows from it.
    """
    chosen = configured(config, database=database, development=development)
    async with opened(chosen) as where:
        merchant = await loading.merchant(where, merchant_id)
        async with app.pinging(chosen, where) as pinger:
            pinged = await pinger.ping(merchant)
    if as_json:
        show_json(pinged)
    else:
        click.echo(_told(pinged))
    if pinged.problem:
        sys.exit(1)


async def check_answers(chosen: MarketplaceSettings, where: Database, merchant: Merchant) -> None:
    """Refuse a webhook URL that does not take a test event."""
    async with app.pinging(chosen, where) as pinger:
        pinged = await pinger.ping(merchant)
    if pinged.problem:
        raise click.ClickException(
            f"webhook_url: a test event was not taken there. {_told(pinged)}\n"
            "Nothing was changed. Mend it, or take it as it is with --no-verify."
        )


def _told(pinged: Pinged) -> str:
    where = f" from {pinged.address}" if pinged.address else ""
    status = pinged.status or "no answer"
    told = f"{status}{where} after {pinged.milliseconds} ms. {pinged.problem}".rstrip()
    return f"{told}\n{pinged.excerpt}" if pinged.excerpt else told
