"""`smartcart marketplace …`: run it, whole or in parts, keep its merchants, place orders."""

from collections.abc import Collection
from pathlib import Path

import click

from smartcart.cli.common import command, config_option, database_option
from smartcart.cli.market import configured, development_option
from smartcart.cli.merchants import merchant
from smartcart.cli.pinging import ping
from smartcart.cli.place import place
from smartcart.cli.signing import signing
from smartcart.kit.logging import set_up_logging
from smartcart.kit.loop import run_until_stopped
from smartcart.marketplace import app
from smartcart.marketplace.app import Part
from smartcart.marketplace.settings import MarketplaceSettings

host_option = click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
port_option = click.option("--port", type=int, help="Port to listen on.  [default: 8700]")


@click.group()
def marketplace() -> None:
    """The marketplace: orders, Orders API, Webhook, vouchers."""


merchant.add_command(ping)
merchant.add_command(signing)
marketplace.add_command(merchant)
marketplace.add_command(place)


@marketplace.command()
@host_option
@port_option
@development_option
@database_option
@config_option
@command
async def run(config: Path | None, **given: object) -> None:
    """Run the whole marketplace in one process until Ctrl-C or SIGTERM."""
    chosen = configured(config, **given)
    await _run(chosen, tuple(Part), f"marketplace at {chosen.base_url}")


@marketplace.command()
@host_option
@port_option
@development_option
@database_option
@config_option
@command
async def api(config: Path | None, **given: object) -> None:
    """Run a process that answers HTTP: the Orders API, files, the panel.

    Any number of api, sender and timer processes may share one PostgreSQL; there must be at least
    one of each.
    """
    chosen = configured(config, **given)
    where = f"http://{chosen.host}:{chosen.port}"
    await _run(chosen, (Part.API,), f"marketplace api at {where}")


@marketplace.command()
@development_option
@database_option
@config_option
@command
async def sender(config: Path | None, **given: object) -> None:
    """Run a process that sends the webhook's events, beside api and timer processes."""
    await _run(configured(config, **given), (Part.SENDER,), "marketplace sender")


@marketplace.command()
@development_option
@database_option
@config_option
@command
async def timer(config: Path | None, **given: object) -> None:
    """Run a process that expires orders and makes vouchers, beside api and sender processes."""
    await _run(configured(config, **given), (Part.TIMER,), "marketplace timer")


async def _run(chosen: MarketplaceSettings, parts: Collection[Part], what: str) -> None:
    set_up_logging(chosen.log_format, secret_paths=app.SECRET_PATHS)
    async with app.assembled(chosen, parts) as roles:
        click.echo(f"{what}; Ctrl-C stops it")
        await run_until_stopped(roles)
