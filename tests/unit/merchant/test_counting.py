"""Taking over what the shop's stock source says."""

import asyncio
import logging
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from smartcart.kit.database import Database
from smartcart.merchant.actions.counting import Counting, InDoubt, Taken
from smartcart.merchant.domain.counts import Doubt, Terms
from smartcart.merchant.domain.order import Status
from smartcart.merchant.domain.shelves import pieces
from smartcart.merchant.domain.skus import Pieces, Sku
from smartcart.merchant.refresher import Refresher
from smartcart.merchant.stock import Count, Look, SourceUnreadable, StockSource, count
from smartcart.merchant.storage import stock
from tests.support.order_documents import line, order, without_options
from tests.support.orders_api import OrdersApi
from tests.support.shop import Shop
from tests.support.stock_lists import csv_file

USUAL = Terms()


@dataclass
class Told:
    """A source that says what a test wants."""

    pieces: dict[str, int | None]
    name: str = "told"
    read_times: int = field(default=0, init=False)
    comes_whole: bool = False

    def look(self) -> Look:
        return Look(str(self.pieces))

    def read(self) -> Count:
        self.read_times += 1
        if not self.pieces:
            raise SourceUnreadable("it names no product")
        return Count({Sku(uid): pieces for uid, pieces in self.pieces.items()})


async def take_over(database: Database, source: StockSource) -> Taken | None:
    found = await Counting(database, source, USUAL).look()
    assert not isinstance(found, InDoubt), found
    return found


async def left(shop: Shop, *uids: str) -> Pieces:
    return pieces(await stock.shelves(shop.database, [Sku(uid) for uid in uids]))


async def test_quantities_are_taken_over_and_reserved_pieces_stay_reserved(shop: Shop) -> None:
    await take_over(shop.database, Told({"1001": 5, "1002": None}))
    await shop.told(order("C1", line("1001", 2)), 0, "new_order")
    await shop.settle(queues=("events",))
    taken = await take_over(shop.database, Told({"1001": 9, "1002": None, "1003": 0}))
    assert taken is not None
    assert (taken.products, taken.changed) == (3, 2)
    assert await shop.shelf() == {"1001": (9, 2), "1002": (None, 0), "1003": (0, 0)}
    assert await shop.is_balanced()


async def test_a_product_no_longer_told_is_unknown_not_gone(shop: Shop) -> None:
    await take_over(shop.database, Told({"1001": 5, "1002": 5}))
    await shop.told(order("C1", line("1001", 2)), 0, "new_order")
    await shop.settle(queues=("events",))
    await take_over(shop.database, Told({"1002": 5}))
    assert await left(shop, "1001", "1002") == {Sku("1002"): 5}
    await shop.told(order("C2", line("1001", 1)), 0, "new_order")
    await shop.settle(queues=("events",))
    assert (await shop.order("C2")).status is Status.HELD
    assert await shop.is_balanced()


async def test_what_is_unchanged_is_not_read_again(shop: Shop) -> None:
    source = Told({"1001": 5})
    assert await take_over(shop.database, source) is not None
    assert await take_over(shop.database, source) is None
    assert source.read_times == 1


async def test_goods_handed_over_are_not_counted_again_by_an_old_count(shop: Shop) -> None:
    source = Told({"1001": 5})
    await take_over(shop.database, source)
    placed = order("C1", line("1001", 2))
    await shop.told(placed, 0, "new_order")
    await shop.told(without_options(placed, "dispatched"), 1)
    await shop.settle(queues=("events",))
    await take_over(shop.database, source)
    assert await shop.shelf() == {"1001": (3, 0)}
    source.pieces["1001"] = 4
    await take_over(shop.database, source)
    assert await shop.shelf() == {"1001": (4, 0)}


async def test_an_order_that_waits_for_the_stock_is_decided_when_it_comes(
    shop: Shop, api: OrdersApi
) -> None:
    for code in ("C1", "C2"):
        api.orders[code] = order(code, line("1001", 2))
        await shop.told(api.orders[code], 0, "new_order")
    await shop.settle()
    assert (await shop.order("C1")).status is Status.HELD
    await take_over(shop.database, Told({"1001": 3}))
    await shop.settle()
    statuses = sorted([(await shop.order(code)).status for code in ("C1", "C2")])
    assert statuses == [Status.ACCEPTED, Status.REJECTED]
    assert await shop.shelf() == {"1001": (3, 2)}


async def test_a_count_of_many_products_is_taken_over_page_by_page(shop: Shop) -> None:
    many: dict[str, int | None] = {f"p{n:05}": n for n in range(1_700)}
    await take_over(shop.database, Told(many))
    assert len(await shop.shelf()) == 1_000  # one look at the first thousand
    fewer = {uid: 7 for uid in many if uid > "p00799"}
    taken = await take_over(shop.database, Told({**fewer}))
    assert taken is not None
    assert taken.changed == 1_700  # 800 forgotten, 900 changed
    assert await left(shop, "p00001", "p01699") == {Sku("p01699"): 7}


async def test_a_source_that_cannot_be_read_changes_nothing_and_is_told_of_once(
    shop: Shop, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "stock.csv"
    refresher = Refresher(Counting(shop.database, csv_file(file), USUAL), 60)
    file.write_text("id,quantity\n1001,5\n")
    await refresher.refresh()
    for text in ("", "id,quantity\n", "nonsense"):
        file.write_text(text)
        with caplog.at_level(logging.ERROR):
            await refresher.refresh()
            await refresher.refresh()
        assert await shop.shelf() == {"1001": (5, 0)}
    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(told) == len(await shop.facts("", "stock_unreadable")) == 3
    file.unlink()
    await refresher.refresh()
    file.write_text("id,quantity\n1001,6\n")
    await refresher.refresh()
    assert await shop.shelf() == {"1001": (6, 0)}


async def test_a_changed_file_is_noticed_while_the_program_runs(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "stock.csv"
    file.write_text("id,quantity\n1001,5\n")
    stop = asyncio.Event()
    running = asyncio.create_task(
        Refresher(Counting(shop.database, csv_file(file), USUAL), 0.02).run(stop)
    )
    async with asyncio.timeout(60):
        while await shop.shelf() != {"1001": (5, 0)}:
            await asyncio.sleep(0.01)
        file.write_text("id,quantity\n1001,50\n")
        while await shop.shelf() != {"1001": (50, 0)}:
            await asyncio.sleep(0.01)
    stop.set()
    await running


async def test_a_file_that_is_being_written_is_not_read_before_it_is_quiet(
    shop: Shop, tmp_path: Path
) -> None:
    file = tmp_path / "stock.csv"
    file.write_text("id,quantity\n1001,50\n")
    refresher = Refresher(Counting(shop.database, csv_file(file), USUAL), 0.3)
    await refresher.refresh()
    stop = asyncio.Event()
    running = asyncio.create_task(refresher.run(stop))
    whole = "id,quantity\n1001,60\n1002,5\n"
    seen = set()
    for length in range(12, len(whole) + 1):
        file.write_text(whole[:length])
        await asyncio.sleep(0.05)
        seen.add(str(await shop.shelf()))
    async with asyncio.timeout(60):
        while await shop.shelf() != {"1001": (60, 0), "1002": (5, 0)}:
            await asyncio.sleep(0.01)
    stop.set()
    await running
    assert seen == {str({"1001": (50, 0)})}


async def test_a_source_that_changes_while_it_is_read_is_read_again(shop: Shop) -> None:
    class Changing(Told):
        def read(self) -> Count:
            count = super().read()
            self.pieces = {"1001": 7}
            return count

    source = Changing({"1001": 5})
    found = await Counting(shop.database, source, USUAL).look()
    assert found == InDoubt(Doubt.UNREADABLE, "it changed while it was read")
    assert await shop.shelf() == {}
    await take_over(shop.database, source)
    assert await shop.shelf() == {"1001": (7, 0)}


def test_gathering_needs_a_product() -> None:
    with pytest.raises(SourceUnreadable, match="names no product"):
        count(["line 1: what is this"])
