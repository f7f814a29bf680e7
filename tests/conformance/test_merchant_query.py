"""Stock by a query, from both engines: what it says, and that it cannot write."""

import asyncio

import pytest

from smartcart.kit.database import WriteSet, open_database
from smartcart.kit.settings import Secret
from smartcart.merchant.domain.skus import Sku, Spot
from smartcart.merchant.stock import Count, SourceUnreadable, StockSource
from smartcart.merchant.stock.opening import opened
from smartcart.merchant.stock.settings import StockTable
from smartcart.merchant.storage import MIGRATIONS, stock


def query(url: str, text: str) -> StockSource:
    named = url if "://" in url else f"sqlite:///{url}"
    table = StockTable(kind="sql", url=Secret(named), query=text, timeout_seconds=1)
    return opened(table, development=False)


async def read(source: StockSource) -> Count:
    await asyncio.to_thread(source.look)
    return await asyncio.to_thread(source.read)


@pytest.fixture
async def goods(database_url: str) -> str:
    database = await open_database(database_url, MIGRATIONS)
    told = [stock.counted(Spot(Sku(f"{n}", "a")), n, 1, price=100 * n) for n in range(1, 2_500)]
    await database.commit(WriteSet(effects=tuple(told)))
    await database.close()
    return database_url


async def test_a_query_is_the_stock(goods: str) -> None:
    text = """select shop_uid, shop_variation_uid as variation, quantity, price / 100 as price
              from stock where shop_uid like '%' and ':x' <> 'y'"""
    count = await read(query(goods, text))
    assert count.pieces == {Sku(f"{n}", "a"): n for n in range(1, 2_500)}
    assert count.prices == {Sku(f"{n}", "a"): 100 * n for n in range(1, 2_500)}


async def test_nothing_is_written(goods: str) -> None:
    gone = "with gone as (select 1) delete from stock"
    with pytest.raises(SourceUnreadable, match=r"read-?only"):
        await read(query(goods, gone))
    everything = query(goods, "select shop_uid, quantity from stock")
    assert len((await read(everything)).pieces) == 2_499


async def test_a_query_that_takes_too_long_is_given_up(goods: str) -> None:
    endless = "with recursive n (i) as (select 1 union all select i + 1 from n)"
    text = f"{endless} select count(*) as quantity, '1' as shop_uid from n"
    with pytest.raises(SourceUnreadable):
        await read(query(goods, text))
