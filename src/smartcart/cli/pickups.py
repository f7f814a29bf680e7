"""`smartcart orders pickups`: the courier's round of a day."""

from pathlib import Path

import click

from smartcart.cli.common import command, config_option, database_option, json_option, show_json
from smartcart.cli.market import check_is_there, configured, opened
from smartcart.kit.database import Database
from smartcart.marketplace.panel import rounds

_AT_ONCE = 200


@click.command()
@click.option("--day", default="", metavar="YYYY-MM-DD", help="Of which; today by default.")
@json_option
@database_option
@config_option
@command
async def pickups(config: Path | None, database: str | None, day: str, as_json: bool) -> None:
    """List what the marketplace's own courier collects on a day, and when.

    Orders that their shop has to mark as ready, and did not, are left out.
    """
    chosen = configured(config, database=database)
    await check_is_there(chosen)
    async with opened(chosen) as where:
        found = await _whole_round(where, day)
    if as_json:
        show_json(found)
        return
    if not found:
        click.echo("Nothing is collected on that day.")
    for stop in found:
        click.echo(_line(stop))


async def _whole_round(database: Database, day: str) -> list[rounds.Stop]:
    found: list[rounds.Stop] = []
    following = ""
    while True:
        page = await rounds.page(database, day, following, _AT_ONCE)
        found += page.pickups
        if page.next is None:
            return found
        following = page.next


def _line(stop: rounds.Stop) -> str:
    parcels = f"{stop.number_of_parcels} parcels" if stop.number_of_parcels != 1 else "1 parcel"
    return f"{stop.start:%H:%M}-{stop.end:%H:%M}  {stop.code:24} {parcels:10} {stop.pickup_address}"
