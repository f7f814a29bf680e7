"""`smartcart merchant stock …`: what only a person can say of the shop's stock list."""

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import click

from smartcart.cli.common import (
    command,
    config_option,
    database_option,
    json_option,
    show_json,
)
from smartcart.cli.shops import shop_option, shop_settings
from smartcart.kit.clock import micros, utc_now
from smartcart.kit.database import (
    Database,
    DatabaseError,
    open_database,
    outstanding_migrations,
)
from smartcart.kit.settings import SettingsError
from smartcart.merchant import storage
from smartcart.merchant.actions import checking, counting
from smartcart.merchant.actions.checking import Checked
from smartcart.merchant.actions.restating import Counter
from smartcart.merchant.domain.counts import Stand
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.stock.opening import opened

_SHOWN = 5


@click.group()
def stock() -> None:
    """The shop's stock list."""


@stock.command()
@click.argument("sources", nargs=-1)
@database_option
@config_option
@shop_option
@command
async def trust(
    config: Path | None, shop: str | None, database: str | None, sources: tuple[str, ...]
) -> None:
    """Have a stock list taken over that has suddenly shrunk, since it is right.

    SOURCES are names as `stock check` shows them; all that have shrunk when left out.

    The running shop does so at its next look, and decides the orders on hold again. A list that is
    written anew meanwhile is judged anew.
    """
    url = database or shop_settings(config, shop).database
    there = await open_database(url, storage.MIGRATIONS)
    try:
        trusted = await counting.trust(there, sources)
    finally:
        await there.close()
    if not trusted:
        raise click.ClickException("No stock list waits to be trusted.")
    for row in trusted:
        click.echo(f"{row.name} will be taken over: {row.why}")


@stock.command()
@json_option
@database_option
@config_option
@shop_option
@command
async def check(config: Path | None, shop: str | None, database: str | None, as_json: bool) -> None:
    """Read every source of stock once, and say what comes of it. Nothing is changed.

    For each: its rows and products, its age, what was left out and why, a sample, what would speak
    against relying on it, and the remedy. The exit status is 1 where one is unreadable.
    """
    chosen = shop_settings(config, shop)
    if not chosen.stock_sources:
        raise click.ClickException(
            "No source of stock is set, so every order is held; set stock_feed, stock_csv or "
            "[[merchant.stock]]."
        )
    async with _as_it_is(database or chosen.database) as before:
        found = [each async for each in _checked(chosen, before)]
    if as_json:
        show_json(found)
    else:
        for each in found:
            click.echo("\n".join(_lines(each)))
    if not all(each.readable for each in found):
        sys.exit(1)


async def _checked(shop: MerchantSettings, before: Database | None) -> AsyncIterator[Checked]:
    for number, table in enumerate(shop.stock_sources):
        try:
            source = opened(table, development=shop.development)
        except SettingsError as error:
            yield checking.unreadable(table.title, table.location, str(error))
            continue
        counter = Counter(source.name, Stand(table.location, number), table.terms)
        yield await checking.check(source, counter, before, micros(utc_now()))


@asynccontextmanager
async def _as_it_is(url: str) -> AsyncIterator[Database | None]:
    """The shop's database, where there is one that can be opened without changing it."""
    try:
        ready = await outstanding_migrations(url, storage.MIGRATIONS) == 0
        database = await open_database(url, storage.MIGRATIONS) if ready else None
    except (DatabaseError, ImportError, OSError):
        database = None
    try:
        yield database
    finally:
        if database is not None:
            await database.close()


def _lines(found: Checked) -> Iterator[str]:
    yield f"{found.source}, location {found.location}" if found.location else found.source
    if found.readable:
        yield (
            f"  {found.rows:,} rows, {found.products:,} products, {found.in_stock:,} in stock, "
            f"{found.prices:,} with a price, {found.weights:,} with a weight; {_age(found)}"
        )
        shown = (f"{sku} = {'?' if n is None else n}" for sku, n in found.sample.items())
        yield f"  sample: {', '.join(shown)}"
    for why in found.left_out[:_SHOWN]:
        yield f"  left out: {why}"
    if len(found.left_out) > _SHOWN:
        yield f"  left out: {len(found.left_out) - _SHOWN} more; --json names them all"
    for each in found.doubts:
        yield f"  {each.doubt}: {each.why}"
    if found.remedy:
        yield f"  {found.remedy}"


def _age(found: Checked) -> str:
    if found.age_seconds is None:
        return "its age is not told"
    minutes = found.age_seconds // 60
    return f"{minutes:,} minutes old" if minutes != 1 else "1 minute old"
