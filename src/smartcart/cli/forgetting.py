"""`smartcart merchant forget`: remove what tells who an order's customer is."""

from pathlib import Path

import click

from smartcart.cli.common import command, config_option, database_option
from smartcart.cli.shops import shop_option, shop_settings
from smartcart.kit.database import Conflict, Database, WriteSet, open_database
from smartcart.merchant import storage
from smartcart.merchant.actions.forgetting import Forgetting
from smartcart.merchant.printing.folder import PrintFolder
from smartcart.merchant.storage import orders


@click.command()
@click.argument("code")
@click.option(
    "--print-folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where its vouchers were printed to; needed with --database alone.",
)
@database_option
@config_option
@shop_option
@command
async def forget(
    config: Path | None,
    shop: str | None,
    database: str | None,
    print_folder: Path | None,
    code: str,
) -> None:
    """Remove from the order CODE what tells who the customer is; the figures stay.

    Its printed vouchers are removed from the print folder. If the order is not finished, this is
    done as soon as it is, by the running shop. The shop may run or not.
    """
    if database is None or print_folder is None:
        chosen = shop_settings(config, shop)
        database = database or chosen.database
        print_folder = print_folder or chosen.print_folder
    opened = await open_database(database, storage.MIGRATIONS)
    try:
        click.echo(await _forgotten(opened, Forgetting(opened, PrintFolder(print_folder)), code))
    finally:
        await opened.close()


async def _forgotten(opened: Database, forgetting: Forgetting, code: str) -> str:
    try:
        await opened.commit(WriteSet(guards=(orders.asked_to_forget(code),)))
    except Conflict:
        if not await forgetting.forget_events(code):
            raise click.ClickException(f"There is no order '{code}' in this database.") from None
        return f"What came in about {code}, of which there is no order, was emptied."
    if await forgetting.forget(code):
        return f"Nothing that tells who ordered {code} is kept any more."
    return f"{code} is not finished. The running shop removes its customer's data when it is."
