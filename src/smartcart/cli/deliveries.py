"""`smartcart deliveries …`: the record of webhook requests, over all orders."""

import sys
from pathlib import Path

import click
import msgspec
from msgspec.structs import replace

from smartcart import outbox
from smartcart.cli.common import command, config_option, database_option, json_option, show_json
from smartcart.cli.market import check_is_there, configured, opened
from smartcart.contract import athens
from smartcart.kit.database import Database
from smartcart.marketplace.panel import deliveries as record
from smartcart.marketplace.panel import exhausted as given_up
from smartcart.marketplace.panel.deliveries import Delivery
from smartcart.marketplace.panel.exhausted import GivenUp, Page, Resent, Wanted
from smartcart.outbox import OUTCOMES

_MOMENT = "A moment, in Athens unless it has an offset: 2026-03-12 or 2026-03-12T15:00."

order_option = click.option("--order", default="", metavar="CODE", help="Only of this order.")
merchant_option = click.option("--merchant", default="", metavar="ID", help="Only this merchant's.")
since_option = click.option(
    "--since", default="", metavar="MOMENT", help=f"From here on. {_MOMENT}"
)
until_option = click.option("--until", default="", metavar="MOMENT", help="And before this one.")
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
@order_option
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


@deliveries.command()
@order_option
@merchant_option
@since_option
@until_option
@click.option("--after", default="", metavar="NEXT", help="The `next` of an earlier list.")
@limit_option
@json_option
@database_option
@config_option
@command
async def exhausted(
    config: Path | None, database: str | None, limit: int, as_json: bool, **which: str
) -> None:
    """List events that were given up and not sent again, the oldest first.

    --since and --until are about when an event happened.
    """
    chosen = configured(config, database=database)
    wanted = msgspec.convert(which, Wanted)
    await check_is_there(chosen)
    async with opened(chosen) as where:
        page = await _page(where, wanted, limit)
    if as_json:
        show_json(page)
        return
    if not page.exhausted:
        click.echo("No event was given up, or all were sent again.")
    for one in page.exhausted:
        click.echo(_given_up(one))
    if page.next:
        click.echo(f"More{_in_all(page)}: --after {page.next}")


@deliveries.command()
@order_option
@click.option("--event", default=0, metavar="NUMBER", help="Only this one of the order's.")
@merchant_option
@since_option
@until_option
@json_option
@database_option
@config_option
@command
async def resend(
    config: Path | None, database: str | None, event: int, as_json: bool, **which: str
) -> None:
    """Send events that were given up once more, unchanged, those of an order in their order.

    Say which: of an order, of a merchant, of a period. May be stopped and begun again, and run
    twice at once: each event is sent again once. --since and --until are about when it happened.
    """
    chosen = configured(config, database=database)
    wanted = msgspec.convert({"event": event, **which}, Wanted)
    given_up.check_narrow(wanted)
    await check_is_there(chosen)
    async with opened(chosen) as where:
        done = await _resend(where, wanted)
    if as_json:
        show_json({"resent": done.resent, "skipped": done.skipped})
        return
    click.echo(f"Sent again: {done.resent}")
    if done.skipped:
        click.echo(f"Left out, as their shops are told nothing any more: {done.skipped}")


async def _page(database: Database, wanted: Wanted, limit: int) -> Page:
    """The first that is not empty, if there is one; counted as the very first is."""
    first = page = await given_up.page(database, wanted, limit)
    while page.next and not page.exhausted:
        page = await given_up.page(database, replace(wanted, after=page.next), limit)
    return replace(page, count=first.count, more=first.more)


def _in_all(page: Page) -> str:
    if not page.count:
        return ""
    return f", {'at least ' if page.more else ''}{page.count} in all"


async def _resend(database: Database, wanted: Wanted) -> Resent:
    """All batches; how far it is goes to standard error.

    That is told by when they were given up, for which none need be counted.
    """
    oldest, newest = await outbox.exhausted.moments(database, wanted.span)
    done = Resent(0, 0, "")

    def so_many(_: int | None) -> str:
        return str(done.resent + done.skipped)

    with click.progressbar(
        length=newest - oldest + 1,
        label="sending again",
        show_eta=False,
        item_show_func=so_many,
        file=sys.stderr,
    ) as progress:
        while done.next is not None:
            wanted = replace(wanted, after=done.next)
            batch = await given_up.resend(database, wanted)
            done = Resent(done.resent + batch.resent, done.skipped + batch.skipped, batch.next)
            reached = replace(wanted, after=batch.next).place.at if batch.next else newest + 1
            progress.update(max(0, min(reached, newest + 1) - oldest - progress.pos))
    return done


def _line(one: Delivery) -> str:
    place = f"{one.order} {one.event}.{one.request}"
    took = f"{one.milliseconds:.0f} ms"
    return (
        f"{athens(one.started_at):%Y-%m-%d %H:%M:%S}  {place:28} {one.merchant_id:16} "
        f"{one.outcome:10} {took:>9}  {one.address or '-':15}  {one.detail}"
    )


def _given_up(one: GivenUp) -> str:
    return (
        f"{athens(one.told_at):%Y-%m-%d %H:%M:%S}  {one.order:24} {one.event:<4} "
        f"{one.merchant_id:16} given up {athens(one.given_up_at):%Y-%m-%d %H:%M:%S}  {one.detail}"
    )
