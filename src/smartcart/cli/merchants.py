"""`smartcart marketplace merchant …`: who sells here."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
from msgspec.structs import replace

from smartcart.cli import pickup_places
from smartcart.cli.common import (
    command,
    config_option,
    database_option,
    json_option,
    show_json,
)
from smartcart.cli.market import configured, development_option, opened
from smartcart.cli.pinging import check_answers
from smartcart.marketplace.actions import loading, merchants, offers
from smartcart.marketplace.actions.offers import Loaded
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import PickupLocation
from smartcart.marketplace.settings import MarketplaceSettings
from smartcart.marketplace.storage.merchants import all_of_them
from smartcart.marketplace.webhook import address

P = ParamSpec("P")
R = TypeVar("R")


def _basis_points(
    _context: click.Context, _option: click.Parameter, per_cent: float | None
) -> int | None:
    if per_cent is None:
        return None
    if not 0 <= per_cent <= 100:
        raise click.BadParameter("give per cent, 0 to 100")
    return round(per_cent * 100)


def _switch(name: str, field: str, meaning: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    return click.option(
        name,
        field,
        type=click.Choice(["on", "off"]),
        callback=lambda _context, _option, chosen: None if chosen is None else chosen == "on",
        help=meaning,
    )


name_option = click.option("--name", help="The shop's name, as on vouchers.")
webhook_url_option = click.option(
    "--webhook-url", help="Where its events go; empty, or never given: nowhere."
)
domain_option = click.option("--domain", help="The shop's domain; the webhook URL lies there.")
phone_option = click.option("--phone", help="The shop's phone, as on vouchers.")
commission_option = click.option(
    "--commission",
    "commission_basis_points",
    type=float,
    callback=_basis_points,
    help="Per cent of sales.  [default of a new merchant: 10]",
)
webhook_switch = _switch("--webhook", "webhook_enabled", "Whether it is told of its orders.")
api_switch = _switch("--orders-api", "orders_api_enabled", "Whether it may call the Orders API.")
ready_switch = _switch(
    "--set-as-ready-required",
    "set_as_ready_required",
    "Whether it marks orders ready by itself; off: downloading the voucher does.",
)


@click.group()
def merchant() -> None:
    """The marketplace's merchants."""


@merchant.command()
@click.argument("merchant_id", metavar="ID")
@name_option
@webhook_url_option
@domain_option
@phone_option
@pickup_places.address_options
@commission_option
@webhook_switch
@api_switch
@ready_switch
@click.option(
    "--feed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Its product feed (XML), loaded at once.",
)
@development_option
@json_option
@database_option
@config_option
@command
async def add(
    config: Path | None,
    database: str | None,
    development: bool | None,
    merchant_id: str,
    name: str | None,
    places: tuple[str, ...],
    street_name: str | None,
    street_number: str | None,
    zip: str | None,
    city: str | None,
    region: str | None,
    feed: Path | None,
    as_json: bool,
    **told: object,
) -> None:
    """Add the merchant ID and print its API token, which is shown this once.

    In development an ID is enough: a name and a place to collect parcels from are made up.
    """
    chosen = configured(config, database=database, development=development)
    parts = {
        "street_name": street_name,
        "street_number": street_number,
        "zip": zip,
        "city": city,
        "region": region,
    }
    added = changed(
        Merchant(
            id=merchant_id,
            name=_name(name, merchant_id, chosen),
            domain="",
            phone="",
            webhook_url="",
            locations=_locations(pickup_places.locations(parts, places), chosen),
        ),
        told,
        chosen,
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


@merchant.command(name="set")
@click.argument("merchant_id", metavar="ID")
@name_option
@webhook_url_option
@domain_option
@phone_option
@commission_option
@webhook_switch
@api_switch
@ready_switch
@click.option(
    "--verify/--no-verify",
    default=True,
    help="Whether a new webhook URL must take a test event first; never in development.",
)
@development_option
@json_option
@database_option
@config_option
@command
async def change(
    config: Path | None,
    database: str | None,
    development: bool | None,
    merchant_id: str,
    verify: bool,
    as_json: bool,
    **told: object,
) -> None:
    """Change what is known of the merchant ID; what is not named stays as it is.

    Its orders already placed keep the commission and the readiness they were placed with.
    """
    if all(value is None for value in told.values()):
        raise click.UsageError("Say what to change: give at least one option.")
    chosen = configured(config, database=database, development=development)
    async with opened(chosen) as where:
        before = await loading.merchant(where, merchant_id)
        after = changed(before, told, chosen)
        moved = after.webhook_url and after.webhook_url != before.webhook_url
        if moved and verify and not chosen.development:
            await check_answers(chosen, where, after)
        await merchants.change(where, after)
    if as_json:
        show_json(after)
    else:
        click.echo(f"merchant {merchant_id} changed")


def changed(
    merchant: Merchant, told: Mapping[str, object], chosen: MarketplaceSettings
) -> Merchant:
    """The merchant with the options that were given; raises `Refused` for what will not do."""
    given = {field: value for field, value in told.items() if value is not None}
    after = replace(merchant, **given)
    if after.webhook_url and given.keys() & {"webhook_url", "domain"}:
        address.check(after.webhook_url, after.domain, development=chosen.development)
    return after


def _name(name: str | None, merchant_id: str, chosen: MarketplaceSettings) -> str:
    if name is None and not chosen.development:
        raise click.UsageError("--name: give the shop's name; only --development makes one up.")
    return merchant_id if name is None else name


def _locations(
    given: Sequence[PickupLocation], chosen: MarketplaceSettings
) -> tuple[PickupLocation, ...]:
    if not given and not chosen.development:
        raise click.UsageError(
            "--location: say where parcels are collected; only --development makes a place up."
        )
    return tuple(given) or (pickup_places.made_up(),)


@merchant.command(name="list")
@json_option
@database_option
@config_option
@command
async def list_all(config: Path | None, database: str | None, as_json: bool) -> None:
    """List the merchants."""
    async with opened(configured(config, database=database)) as where:
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
    async with opened(configured(config, database=database)) as where:
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
    async with opened(configured(config, database=database)) as where:
        loaded = await offers.load(where, await loading.merchant(where, merchant_id), feed)
    if as_json:
        show_json(loaded)
    else:
        tell_load(loaded)


def tell_load(loaded: Loaded) -> None:
    click.echo(f"{loaded.offers} offers loaded, {loaded.left_out} products left out")
    for problem in loaded.problems:
        click.echo(f"  {problem}", err=True)
