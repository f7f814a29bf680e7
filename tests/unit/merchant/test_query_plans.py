"""Every look at the database goes by a key: its time does not grow with the shop's history."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from smartcart.merchant.domain.order import Source
from smartcart.merchant.domain.skus import Sku, Spot
from smartcart.merchant.storage import inbox, orders, prints, sources, stock
from tests.support.shop import Shop


class Recording:
    """A database that is asked and answers nothing."""

    def __init__(self) -> None:
        self.queries: list[tuple[str, tuple[Any, ...]]] = []

    async def read(self, _row: type[Any], sql: str, *params: Any) -> list[Any]:
        self.queries.append((sql, params))
        return []


@pytest.fixture
async def queries() -> list[tuple[str, tuple[Any, ...]]]:
    database: Any = Recording()
    await orders.find(database, "C1")
    await orders.page(database, status="", before=1, limit=5)
    await orders.page(database, status="held", before=1, limit=5)
    await orders.held(database, "", 5)
    await inbox.with_order(database, Source("event/C1", 1))
    await inbox.of_order(database, "event/C1", 5)
    await inbox.body(database, Source("event/C1", 1))
    await stock.shelves(database, [Sku("1"), Sku("2", "a")])
    await stock.held(database, "C1")
    await stock.page(database, Sku("1"), 5)
    await stock.page(database, Sku("1"), 5, "x")
    await stock.everywhere(database, Spot(Sku("1"), "x"), 5)
    await stock.sold(database, "", 5)
    await stock.sold(database, "x", 5)
    await sources.find(database, "feed")
    await sources.in_doubt(database)
    await prints.of_order(database, "C1")
    await inbox.documents(database, "event/C1", 0, 5)
    await inbox.passed(database, 1, inbox.Passed(), 5)
    await orders.outlived(database, 1, orders.Place(), 5)
    await orders.to_forget(database, "", 5)
    with suppress(ValueError):  # it wants a row
        await orders.unfinished(database, 1)
    return list(database.queries)


async def test_no_table_is_looked_through(
    shop: Shop, tmp_path: Path, queries: list[tuple[str, tuple[Any, ...]]]
) -> None:
    tables = {"shop_order", "inbox", "document", "print", "stock_source"}
    tables |= {"stock", "stock_at", "reservation", "reservation_at"}
    aliases = {"i", "d", "o", "e", "s"}
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        for sql, params in queries:
            numbered = sql.replace("$", "?")
            plan = connection.execute(f"explain query plan {numbered}", params).fetchall()
            scanned = [row[3].split()[1] for row in plan if row[3].startswith("SCAN")]
            assert not {*scanned} & (tables | aliases), (sql, plan)
