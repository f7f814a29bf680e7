"""Whether the shop's stock list can be read, and what it says."""

import asyncio
from datetime import timedelta

from smartcart.going_live.finding import N_, Finding, bad, ok, warning
from smartcart.kit.clock import from_micros, utc_now
from smartcart.kit.settings import SettingsError
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.stock import Count, Look, SourceUnreadable, StockSource
from smartcart.merchant.stock.opening import opened
from smartcart.merchant.stock.settings import StockTable

_CHECK = N_("stock")
_SAMPLE = 3
_READ_SECONDS = 300


async def check_stock(settings: MerchantSettings) -> list[Finding]:
    """Read each list once, as the program does."""
    if not settings.stock_sources:
        remedy = N_(
            "Set stock_feed or stock_csv to the file that your shop or ERP writes; Excel, JSON and "
            "queries on a database: docs/how-to/stock.md."
        )
        saw = N_("no stock list is set, so every order would be held for a person")
        return [warning(_CHECK, saw, remedy)]
    return [await _check(settings, table) for table in settings.stock_sources]


async def _check(settings: MerchantSettings, table: StockTable) -> Finding:
    remedy = N_("Correct the path or the file; until then orders are held and none rejected.")
    saw = N_("the stock list cannot be relied on: {why}")
    try:
        source = opened(table, development=settings.development)
        read = asyncio.to_thread(lambda: (source.look(), source.read()))
        found, count = await asyncio.wait_for(read, _READ_SECONDS)
    except (SourceUnreadable, SettingsError, TimeoutError) as error:
        why = str(error) or f"it was not read within {_READ_SECONDS} seconds"
        return bad(_CHECK, saw, remedy, why=why)
    return _counted(table, source, found, count)


def _counted(table: StockTable, source: StockSource, found: Look, count: Count) -> Finding:
    written = utc_now() if found.written is None else from_micros(found.written)
    facts: dict[str, object] = {
        "source": source.name,
        "products": len(count.pieces),
        "there": sum(pieces != 0 for pieces in count.pieces.values()),
        "sample": _sample(count),
        "minutes": round((utc_now() - written) / timedelta(minutes=1)),
    }
    saw = N_(
        "{source}, written {minutes} minutes ago: {products} products, {there} in stock; {sample}"
    )
    most = table.max_age_minutes
    if most and utc_now() - written > timedelta(minutes=most):
        remedy = N_("Have it written anew: it is older than stock_max_age_minutes, orders wait.")
        return bad(_CHECK, saw, remedy, **facts)
    if count.left_out:
        remedy = N_("{number} lines say nothing certain and their orders are held; first: {why}")
        left = {"number": len(count.left_out), "why": count.left_out[0]}
        return warning(_CHECK, saw, remedy, **facts, **left)
    if not facts["there"]:
        remedy = N_("Look whether it is the right file: every order would be rejected.")
        return warning(_CHECK, saw, remedy, **facts)
    return ok(_CHECK, saw, **facts)


def _sample(count: Count) -> str:
    shown = list(count.pieces.items())[:_SAMPLE]
    return ", ".join(f"{sku} = {'?' if pieces is None else pieces}" for sku, pieces in shown)
