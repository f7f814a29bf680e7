"""`smartcart marketplace …`: run it, keep its merchants, place orders."""

from pathlib import Path

import click

from smartcart.cli.common import command, config_option, database_option
from smartcart.cli.market import configured, development_option
from smartcart.cli.merchants import merchant
from smartcart.cli.place import place
from smartcart.kit.logging import set_up_logging
from smartcart.kit.loop import run_until_stopped
from smartcart.marketplace import app


@click.group()
def marketplace() -> None:
    """The marketplace: orders, Orders API, Webhook, vouchers."""


marketplace.add_command(merchant)
marketplace.add_command(place)


@marketplace.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on.  [default: 8700]")
@development_option
@database_option
@config_option
@command
async def run(config: Path | None, **given: object) -> None:
    """Run the marketplace until Ctrl-C or SIGTERM."""
    chosen = configured(config, **given)
    set_up_logging(chosen.log_format, secret_paths=app.SECRET_PATHS)
    async with app.assembled(chosen) as roles:
        click.echo(f"marketplace at {chosen.base_url}; Ctrl-C stops it")
        await run_until_stopped(roles)
