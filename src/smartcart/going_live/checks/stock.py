"""Whether the shop's stock list can be read, and what it says."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from smartcart.going_live.finding import N_, Finding, bad, ok, warning
from smartcart.kit.clock import from_micros, utc_now
from smartcart.merchant.app import stock_source
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.stock import Count, SourceUnreadable, StockSource

_CHECK = N_("stock")
_SAMPLE = 3
_READ_SECONDS = 300


async def check_stock(settings: MerchantSettings) -> Finding:
    """Read the list once, as the program does."""
    source = stock_source(settings)
    if source is None:
        return warning(
            _CHECK,
            N_("no stock list is set, so every order would be held for a person"),
            N_("Set stock_feed or stock_csv to the file that your shop or ERP writes."),
        )
    try:
        count = await asyncio.wait_for(asyncio.to_thread(source.read), _READ_SECONDS)
    except (SourceUnreadable, TimeoutError) as error:
        why = str(error) or f"it was not read within {_READ_SECONDS} seconds"
        remedy = N_("Correct the path or the file; until then orders are held and none rejected.")
        return bad(_CHECK, N_("the stock list cannot be relied on: {why}"), remedy, why=why)
    return _counted(settings, source, count)


def _counted(settings: MerchantSettings, source: StockSource, count: Count) -> Finding:
    written = _written(settings)
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
    most = settings.stock_max_age_minutes
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


def _written(settings: MerchantSettings) -> datetime:
    path = settings.stock_feed or settings.stock_csv or Path()
    return from_micros(path.stat().st_mtime_ns // 1000)
