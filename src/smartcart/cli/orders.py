"""`smartcart orders …`: look at orders, on either side; the marketplace's can be acted on."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click
import msgspec

from smartcart import outbox
from smartcart.cli import instructing
from smartcart.cli.common import (
    command,
    config_option,
    database_option,
    json_option,
    settings,
    show_json,
)
from smartcart.cli.pickups import pickups
from smartcart.cli.resend import resend
from smartcart.cli.shops import shop_option, shop_settings
from smartcart.contract import athens, encode
from smartcart.kit import journal
from smartcart.kit.clock import from_micros, micros, utc_now
from smartcart.kit.database import Database, Migrations, components, open_database
from smartcart.kit.journal.feed import told
from smartcart.marketplace import storage as marketplace_storage
from smartcart.marketplace.domain.document import document
from smartcart.marketplace.panel.views import deliveries
from smartcart.marketplace.settings import MarketplaceSettings
from smartcart.marketplace.storage import orders as marketplace_orders
from smartcart.merchant import storage as merchant_storage
from smartcart.merchant.storage import inbox
from smartcart.merchant.storage import orders as merchant_orders

side_option = click.option(
    "--side",
    type=click.Choice(["marketplace", "merchant"]),
    default="marketplace",
    show_default=True,
    help="Whose configured database to look in, when --database is not given.",
)


class Row(msgspec.Struct):
    """An order as one line of the list."""

    code: str
    state: str
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Side:
    """How one half's orders are found."""

    migrations: Sequence[Migrations]
    page: Callable[[Database, str, int], Awaitable[list[Row]]]
    document: Callable[[Database, str], Awaitable[bytes | None]]


@click.group()
def orders() -> None:
    """Orders in a marketplace's or a shop's database.

    `list` and `show` look at either; all else is what an operator does to a marketplace's order,
    while the marketplace runs or not.
    """


instructing.add_to(orders)
orders.add_command(pickups)
orders.add_command(resend)


@orders.command(name="list")
@click.option("--state", default="", help="Only orders in this state.")
@click.option(
    "--limit", type=click.IntRange(1, 200), default=50, show_default=True, help="At most so many."
)
@side_option
@json_option
@database_option
@config_option
@shop_option
@command
async def list_orders(
    config: Path | None,
    shop: str | None,
    database: str | None,
    side: str,
    state: str,
    limit: int,
    as_json: bool,
) -> None:
    """List orders, the newest first."""
    async with AsyncExitStack() as stack:
        half, where = await _opened(stack, database or _configured(config, shop, side))
        rows = await half.page(where, state, limit)
    if as_json:
        show_json(rows)
        return
    if not rows:
        click.echo("No orders here yet: place one with `smartcart place`.")
    for row in rows:
        click.echo(f"{row.code:24} {row.state:22} {_time(row.created_at)}  {_left(row)}")


@orders.command()
@click.argument("code")
@side_option
@json_option
@database_option
@config_option
@shop_option
@command
async def show(
    config: Path | None,
    shop: str | None,
    database: str | None,
    side: str,
    code: str,
    as_json: bool,
) -> None:
    """Show the order CODE: its document, and what happened to it.

    Every webhook request made for it is among that. With --json also the events themselves, each
    as it is sent, with the attempts made.
    """
    async with AsyncExitStack() as stack:
        half, where = await _opened(stack, database or _configured(config, shop, side))
        found = await half.document(where, code)
        steps = [told(step) for step in await journal.history(where, code)]
        key = f"webhook/{code}"
        entries, attempts = await outbox.entries(where, key), await outbox.attempts(where, key)
    if found is None:
        raise click.ClickException(f"There is no order '{code}' in this database.")
    if as_json:
        sent = deliveries(entries, attempts)
        show_json({"order": msgspec.Raw(found), "steps": steps, "deliveries": sent})
        return
    click.echo(msgspec.json.format(found).decode())
    for step in steps:
        click.echo(f"{step['at']}  {step['what']}  {msgspec.json.encode(step['facts']).decode()}")


async def _opened(stack: AsyncExitStack, url: str) -> tuple[Side, Database]:
    """The database, and whose it is."""
    found = await components(url)
    half = next((name for name in SIDES if name in found), None)
    if half is None:
        raise click.ClickException(
            f"{url} holds no orders: say where they are with --database, or start the program first"
        )
    opened = await open_database(url, SIDES[half].migrations)
    stack.push_async_callback(opened.close)
    return SIDES[half], opened


def _configured(config: Path | None, shop: str | None, side: str) -> str:
    if side == "merchant" or shop is not None:
        return shop_settings(config, shop).database
    return settings(MarketplaceSettings, "marketplace", config).database


async def _marketplace_page(database: Database, state: str, limit: int) -> list[Row]:
    found = await marketplace_orders.page(
        database, state=state, limit=limit, before=micros(utc_now()) + 1
    )
    return [Row(order.code, order.state, order.created_at, order.expires_at) for order in found]


async def _marketplace_document(database: Database, code: str) -> bytes | None:
    order = await marketplace_orders.find(database, code)
    return encode(document(order, utc_now())) if order else None


async def _merchant_page(database: Database, state: str, limit: int) -> list[Row]:
    found = await merchant_orders.page(
        database, status=state, limit=limit, before=micros(utc_now()) + 1
    )
    return [
        Row(
            row.code,
            row.status,
            from_micros(row.created_at),
            None if row.expires_at is None else from_micros(row.expires_at),
        )
        for row in found
    ]


async def _merchant_document(database: Database, code: str) -> bytes | None:
    order = await merchant_orders.find(database, code)
    return await inbox.body(database, order.newest) if order else None


SIDES = {
    "marketplace": Side(marketplace_storage.MIGRATIONS, _marketplace_page, _marketplace_document),
    "merchant": Side(merchant_storage.MIGRATIONS, _merchant_page, _merchant_document),
}


def _time(moment: datetime) -> str:
    return f"{athens(moment):%Y-%m-%d %H:%M:%S}"


def _left(row: Row) -> str:
    """How long the order may still be answered."""
    if row.state not in ("open", "waiting", "held") or row.expires_at is None:
        return ""
    seconds = int((row.expires_at - utc_now()).total_seconds())
    if seconds <= 0:
        return "no time left"
    return f"{seconds // 3600}h {seconds % 3600 // 60:02}m left"
