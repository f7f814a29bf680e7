"""`smartcart merchant …`: run the shop's half, whole or in parts."""

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import click

from smartcart.cli.backing_up import backup
from smartcart.cli.common import command, config_option, database_option
from smartcart.cli.explaining import explain_order
from smartcart.cli.forgetting import forget
from smartcart.cli.initialising import init
from smartcart.cli.policies import policy
from smartcart.cli.restoring import restore
from smartcart.cli.shops import several_shops, shop_option
from smartcart.cli.stock import stock
from smartcart.kit.logging import set_up_logging
from smartcart.kit.loop import Role, run_until_stopped
from smartcart.merchant import app
from smartcart.merchant.app import Part
from smartcart.merchant.shops import Shop

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
@shop_option
@command
async def run(config: Path | None, shop: str | None, **given: object) -> None:
    """Run the shop's half, whole, until Ctrl-C or SIGTERM.

    It needs the secret of its webhook URL, the marketplace's API token and a stock list: set
    webhook_secret, api_url, api_token and stock_feed, stock_csv or [[merchant.stock]] under
    [merchant] in smartcart.toml, or as SMARTCART_MERCHANT_… variables. Several shops, each below a
    title [merchant.shops.NAME], are run in this one process.
    """
    await _run(several_shops(config, shop, **given), tuple(Part), "merchant")


@merchant.command()
@host_option
@port_option
@database_option
@config_option
@shop_option
@command
async def receiver(config: Path | None, shop: str | None, **given: object) -> None:
    """Run a process that takes the webhook's events in and serves the dashboard.

    Any number of receiver and worker processes may share one PostgreSQL; there must be at least
    one of each.
    """
    await _run(several_shops(config, shop, **given), (Part.RECEIVER,), "merchant receiver")


@merchant.command()
@api_url_option
@development_option
@database_option
@config_option
@shop_option
@command
async def worker(config: Path | None, shop: str | None, **given: object) -> None:
    """Run a process that decides, answers and prints, beside receiver processes."""
    await _run(several_shops(config, shop, **given), (Part.WORKER,), "merchant worker")


async def _run(shops: Sequence[Shop], parts: Collection[Part], what: str) -> None:
    first = shops[0].settings
    set_up_logging(first.log_format, secret_paths=app.SECRET_PATHS)
    if Part.RECEIVER in parts:
        base = f"http://{first.host}:{first.port}"
        what += f" at {base}, webhook at {base}/webhook/<secret>"
    if len(shops) > 1:
        what += f", for {', '.join(shop.name for shop in shops)}"
    async with _assembled(shops, parts) as roles:
        click.echo(f"{what}; Ctrl-C stops it")
        await run_until_stopped(roles)


def _assembled(
    shops: Sequence[Shop], parts: Collection[Part]
) -> AbstractAsyncContextManager[Sequence[Role]]:
    if len(shops) == 1:
        return app.assembled(shops[0].settings, shops[0].token_file, parts)
    return app.assembled_together(shops, parts)
