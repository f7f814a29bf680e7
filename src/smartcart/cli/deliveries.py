"""`smartcart deliveries …`: the record of webhook requests, over all orders."""

from pathlib import Path

import click

from smartcart.cli.common import command, config_option, database_option, json_option, show_json
from smartcart.cli.market import check_is_there, configured, opened
from smartcart.contract import athens
from smartcart.marketplace.panel import deliveries as record
from smartcart.marketplace.panel.deliveries import Delivery
from smartcart.outbox import OUTCOMES

_MOMENT = "A moment, in Athens unless it has an offset: 2026-03-12 or 2026-03-12T15:00."

merchant_option = click.option("--merchant", default="", metavar="ID", help="Only this merchant's.")
since_option = click.option(
    "--since", default="", metavar="MOMENT", help=f"From here on. {_MOMENT}"
)
before_option = click.option(
    "--before", default="", metavar="MOMENT", help="Until here; or the `next` of an earlier list."
)
limit_option = click.option(
    "--limit", type=click.IntRange(1, 200), default=50, show_default=True, help="At most so many."
)


@click.group()
def deliveries() -> None:
    """Webhook requests that a marketplace made, and events it gave up."""


@deliveries.command(name="list")
@click.option("--order", default="", metavar="CODE", help="Only of this order.")
@merchant_option
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Only what ended so.")
@since_option
@before_option
@limit_option
@json_option
@database_option
@config_option
@command
async def list_all(
    config: Path | None,
    database: str | None,
    order: str,
    merchant: str,
    outcome: str | None,
    since: str,
    before: str,
    limit: int,
    as_json: bool,
) -> None:
    """List webhook requests, the newest first.

    With --json also what the answer said, and the `next` to give to --before for more.
    """
    chosen = configured(config, database=database)
    wanted = record.wanted(order=order, merchant=merchant, outcome=outcome or "", since=since)
    await check_is_there(chosen)
    async with opened(chosen) as where:
        page = await record.page(where, wanted, before, limit)
    if as_json:
        show_json(page)
        return
    if not page.deliveries:
        click.echo("No webhook request like that was made.")
    for one in page.deliveries:
        click.echo(_line(one))
    if page.next:
        click.echo(f"More: --before {page.next}")


def _line(one: Delivery) -> str:
    place = f"{one.order} {one.event}.{one.request}"
    took = f"{one.milliseconds:.0f} ms"
    return (
        f"{athens(one.started_at):%Y-%m-%d %H:%M:%S}  {place:28} {one.merchant_id:16} "
        f"{one.outcome:10} {took:>9}  {one.address or '-':15}  {one.detail}"
    )
