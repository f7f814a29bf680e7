"""`smartcart marketplace …`: run it, and keep its merchants."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click

from smartcart.cli.common import (
    command,
    config_option,
    database_option,
    json_option,
    settings,
    show_json,
)
from smartcart.contract import Address
from smartcart.kit.database import Database, open_database
from smartcart.kit.logging import set_up_logging
from smartcart.kit.loop import run_until_stopped
from smartcart.marketplace import app
from smartcart.marketplace.actions import loading, merchants, minting, offers
from smartcart.marketplace.actions.offers import Loaded
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import PickupLocation
from smartcart.marketplace.settings import MarketplaceSettings
from smartcart.marketplace.storage import MIGRATIONS
from smartcart.marketplace.storage.merchants import all_of_them
from smartcart.marketplace.webhook import address

SECTION = "marketplace"


def _basis_points(_context: click.Context, _option: click.Parameter, per_cent: float) -> int:
    if not 0 <= per_cent <= 100:
        raise click.BadParameter("give per cent, 0 to 100")
    return round(per_cent * 100)


@click.group()
def marketplace() -> None:
    """The marketplace: orders, Orders API, Webhook, vouchers."""


@marketplace.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on.  [default: 8700]")
@click.option(
    "--development/--no-development",
    default=None,
    help="Admit webhook URLs without TLS and on this machine.",
)
@database_option
@config_option
@command
async def run(config: Path | None, **given: object) -> None:
    """Run the marketplace until Ctrl-C or SIGTERM."""
    chosen = settings(MarketplaceSettings, SECTION, config, **given)
    set_up_logging(chosen.log_format, secret_paths=app.SECRET_PATHS)
    async with app.assembled(chosen) as roles:
        click.echo(f"marketplace at {chosen.base_url}; Ctrl-C stops it")
        await run_until_stopped(roles)


@marketplace.group()
def merchant() -> None:
    """The marketplace's merchants."""


@merchant.command()
@click.argument("merchant_id", metavar="ID")
@click.option("--name", required=True, help="The shop's name, as on vouchers.")
@click.option("--webhook-url", default="", help="Where its events go; none when left out.")
@click.option("--domain", default="", help="The shop's domain; the webhook URL lies there.")
@click.option("--phone", default="", help="The shop's phone, as on vouchers.")
@click.option("--street", required=True, help="Street of the place parcels are collected from.")
@click.option("--street-number", default="", help="Its number.")
@click.option("--zip", "zip_code", required=True, help="Its postal code.")
@click.option("--city", required=True, help="Its city.")
@click.option("--region", default="", help="Its region.")
@click.option(
    "--commission",
    "commission_basis_points",
    type=float,
    default=10,
    show_default=True,
    callback=_basis_points,
    help="Per cent of sales.",
)
@click.option(
    "--feed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Its product feed (XML), loaded at once.",
)
@json_option
@database_option
@config_option
@command
async def add(
    config: Path | None,
    database: str | None,
    merchant_id: str,
    name: str,
    webhook_url: str,
    domain: str,
    phone: str,
    street: str,
    street_number: str,
    zip_code: str,
    city: str,
    region: str,
    commission_basis_points: int,
    feed: Path | None,
    as_json: bool,
) -> None:
    """Add the merchant ID and print its API token, which is shown this once."""
    chosen = settings(MarketplaceSettings, SECTION, config, database=database)
    if webhook_url:
        address.check(webhook_url, domain, development=chosen.development)
    place = Address(
        street_name=street,
        street_number=street_number,
        zip=zip_code,
        city=city,
        region=region,
        country_code="GR",
    )
    added = Merchant(
        id=merchant_id,
        name=name,
        domain=domain,
        phone=phone,
        webhook_url=webhook_url,
        locations=(PickupLocation(minting.identifier(), place),),
        commission_basis_points=commission_basis_points,
    )
    if feed:
        await offers.check(feed)
    async with opened(chosen) as where:
        token = await merchants.add(where, added)
        loaded = await offers.load(where, added, feed) if feed else None
    if as_json:
        show_json({"id": merchant_id, "token": token, "loaded": loaded})
        return
    click.echo(f"merchant {merchant_id} added")
    click.echo(f"API token, shown only now: {token}")
    if loaded:
        tell_load(loaded)


@merchant.command(name="list")
@json_option
@database_option
@config_option
@command
async def list_all(config: Path | None, database: str | None, as_json: bool) -> None:
    """List the merchants."""
    async with opened(settings(MarketplaceSettings, SECTION, config, database=database)) as where:
        found = await all_of_them(where)
    if as_json:
        show_json(found)
        return
    if not found:
        click.echo("No merchant yet: add one with `smartcart marketplace merchant add`.")
    for one in found:
        click.echo(f"{one.id:20} {one.name:30} {one.webhook_url or 'no webhook'}")


@merchant.command()
@click.argument("merchant_id", metavar="ID")
@json_option
@database_option
@config_option
@command
async def token(config: Path | None, database: str | None, merchant_id: str, as_json: bool) -> None:
    """Make a new API token for ID; the old one ends at once."""
    async with opened(settings(MarketplaceSettings, SECTION, config, database=database)) as where:
        new = await merchants.renew_token(where, merchant_id)
    if as_json:
        show_json({"id": merchant_id, "token": new})
    else:
        click.echo(f"API token, shown only now: {new}")


@merchant.command(name="load")
@click.argument("merchant_id", metavar="ID")
@click.argument("feed", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@database_option
@config_option
@command
async def load_feed(
    config: Path | None, database: str | None, merchant_id: str, feed: Path, as_json: bool
) -> None:
    """Replace what ID offers by the products in FEED, its XML product feed."""
    async with opened(settings(MarketplaceSettings, SECTION, config, database=database)) as where:
        loaded = await offers.load(where, await loading.merchant(where, merchant_id), feed)
    if as_json:
        show_json(loaded)
    else:
        tell_load(loaded)


def tell_load(loaded: Loaded) -> None:
    click.echo(f"{loaded.offers} offers loaded, {loaded.left_out} products left out")
    for problem in loaded.problems:
        click.echo(f"  {problem}", err=True)


@asynccontextmanager
async def opened(chosen: MarketplaceSettings) -> AsyncIterator[Database]:
    database = await open_database(chosen.database, MIGRATIONS)
    try:
        yield database
    finally:
        await database.close()
