"""`smartcart merchant …`: run the shop's half, whole or in parts."""

import os
from collections.abc import Collection
from pathlib import Path

import click

from smartcart.cli.backing_up import backup
from smartcart.cli.common import (
    command,
    config_file,
    config_option,
    database_option,
    settings,
)
from smartcart.cli.explaining import explain_order
from smartcart.cli.forgetting import forget
from smartcart.cli.initialising import init
from smartcart.cli.policies import policy
from smartcart.cli.restoring import restore
from smartcart.cli.stock import stock
from smartcart.kit.logging import set_up_logging
from smartcart.kit.loop import run_until_stopped
from smartcart.kit.settings import named_file
from smartcart.merchant import app
from smartcart.merchant.app import Part
from smartcart.merchant.settings import MerchantSettings

host_option = click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
port_option = click.option("--port", type=int, help="Port to listen on.  [default: 8800]")
api_url_option = click.option("--api-url", help="Where the marketplace's Orders API is.")
development_option = click.option(
    "--development/--no-development",
    default=None,
    help="Admit a marketplace without TLS and on this machine.",
)


@click.group()
def merchant() -> None:
    """The shop: receives orders, checks stock, answers, prints vouchers."""


merchant.add_command(backup)
merchant.add_command(explain_order)
merchant.add_command(init)
merchant.add_command(forget)
merchant.add_command(policy)
merchant.add_command(restore)
merchant.add_command(stock)


@merchant.command()
@host_option
@port_option
@api_url_option
@development_option
@database_option
@config_option
@command
async def run(config: Path | None, **given: object) -> None:
    """Run the shop's half, whole, until Ctrl-C or SIGTERM.

    It needs the secret of its webhook URL, the marketplace's API token and a stock list: set
    webhook_secret, api_url, api_token and stock_feed or stock_csv under [merchant] in
    smartcart.toml, or as SMARTCART_MERCHANT_… variables.
    """
    chosen = settings(MerchantSettings, "merchant", config, **given)
    await _run(chosen, config, tuple(Part), f"merchant at {_where(chosen)}")


@merchant.command()
@host_option
@port_option
@database_option
@config_option
@command
async def receiver(config: Path | None, **given: object) -> None:
    """Run a process that takes the webhook's events in and serves the dashboard.

    Any number of receiver and worker processes may share one PostgreSQL; there must be at least
    one of each.
    """
    chosen = settings(MerchantSettings, "merchant", config, **given)
    await _run(chosen, config, (Part.RECEIVER,), f"merchant receiver at {_where(chosen)}")


@merchant.command()
@api_url_option
@development_option
@database_option
@config_option
@command
async def worker(config: Path | None, **given: object) -> None:
    """Run a process that decides, answers and prints, beside receiver processes."""
    chosen = settings(MerchantSettings, "merchant", config, **given)
    await _run(chosen, config, (Part.WORKER,), "merchant worker")


def _where(chosen: MerchantSettings) -> str:
    base = f"http://{chosen.host}:{chosen.port}"
    return f"{base}, webhook at {base}/webhook/<secret>"


async def _run(
    chosen: MerchantSettings, config: Path | None, parts: Collection[Part], what: str
) -> None:
    set_up_logging(chosen.log_format, secret_paths=app.SECRET_PATHS)
    token_file = named_file("merchant", "api_token", os.environ, config_file(config))
    async with app.assembled(chosen, token_file, parts) as roles:
        click.echo(f"{what}; Ctrl-C stops it")
        await run_until_stopped(roles)
