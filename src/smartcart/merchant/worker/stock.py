"""Who keeps what each stock source tells."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping
from functools import partial

from smartcart.kit.clock import micros, utc_now
from smartcart.kit.database import MAY_PASS, Database
from smartcart.kit.loop import Role
from smartcart.merchant.actions.counting import Counting, begin
from smartcart.merchant.domain.counts import Stand
from smartcart.merchant.refresher import Refresher
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.stock.opening import opened

log = logging.getLogger(__name__)


async def stock_roles(settings: MerchantSettings, database: Database) -> list[Role]:
    """Every source was asked once when this returns, if there is a database yet."""
    turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
    refreshers = []
    for number, table in enumerate(settings.stock_sources):
        counting = Counting(
            database,
            opened(table, development=settings.development),
            table.terms,
            stand=Stand(table.location, number),
            turn=turns[table.location],
        )
        refreshers.append(Refresher(counting, table.every_seconds))
    stands = {one.counting.source.name: one.counting.stand for one in refreshers}
    if not refreshers:
        log.warning("no source of stock is set: every order will be held")
    runs = [refresher.run for refresher in refreshers]
    try:
        await begin(database, stands, micros(utc_now()))
    except MAY_PASS as error:
        log.error("the stock waits for its database: %s", error)
        runs = [partial(_begun_later, database, stands, refresher) for refresher in refreshers]
    else:
        await asyncio.gather(*(refresher.refresh() for refresher in refreshers))
    return [
        Role(f"stock, {one.counting.source.name}", run)
        for one, run in zip(refreshers, runs, strict=True)
    ]


async def _begun_later(
    database: Database, stands: Mapping[str, Stand], refresher: Refresher, stop: asyncio.Event
) -> None:
    """For a shop whose database took nothing at first."""
    await begin(database, stands, micros(utc_now()))
    await refresher.refresh()
    await refresher.run(stop)
