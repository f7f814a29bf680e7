"""`smartcart merchant explain`: why an order was decided as it was."""

from pathlib import Path

import click

from smartcart.cli.common import command, config_option, database_option
from smartcart.cli.shops import shop_option, shop_settings
from smartcart.kit.database import open_database
from smartcart.merchant import storage
from smartcart.merchant.storage import orders
from smartcart.merchant.wording import LANGUAGES, explain


@click.command(name="explain")
@click.argument("code")
@click.option(
    "--language",
    type=click.Choice(sorted(LANGUAGES)),
    default="en",
    show_default=True,
    help="In which language.",
)
@database_option
@config_option
@shop_option
@command
async def explain_order(
    config: Path | None, shop: str | None, database: str | None, code: str, language: str
) -> None:
    """Say in a sentence what was decided about the order CODE, and why.

    It looks into the shop's database, while the shop runs or not.
    """
    url = database or shop_settings(config, shop).database
    opened = await open_database(url, storage.MIGRATIONS)
    try:
        order = await orders.find(opened, code)
    finally:
        await opened.close()
    if order is None:
        raise click.ClickException(f"There is no order '{code}' in this database.")
    if order.decided is None:
        raise click.ClickException(f"Nothing was decided about '{code}'.")
    click.echo(explain(order.decided, LANGUAGES[language]))
