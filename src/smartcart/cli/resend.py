"""`smartcart orders resend`: an order's latest event, once more."""

from pathlib import Path

import click

from smartcart.cli.common import command, config_option, database_option, json_option, show_json
from smartcart.cli.market import check_is_there, configured, opened
from smartcart.marketplace.actions import resending


@click.command()
@click.argument("code")
@json_option
@database_option
@config_option
@command
async def resend(config: Path | None, database: str | None, code: str, as_json: bool) -> None:
    """Send the latest event of the order CODE to its shop once more."""
    chosen = configured(config, database=database)
    await check_is_there(chosen)
    async with opened(chosen) as where:
        await resending.resend(where, code)
    if as_json:
        show_json({"code": code, "success": True})
    else:
        click.echo(f"{code}: its latest event is sent again")
