"""A stock list in doubt holds orders, calls somebody and rejects nothing until it is well again."""

import threading
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from smartcart.kit.clock import micros, utc_now
from smartcart.merchant.actions import counting
from smartcart.merchant.actions.counting import Counting, InDoubt, Taken
from smartcart.merchant.domain.alarms import STEPS
from smartcart.merchant.domain.counts import Doubt, Terms
from smartcart.merchant.domain.decisions import Accept
from smartcart.merchant.domain.order import Status
from smartcart.merchant.domain.policy import Parcels
from smartcart.merchant.domain.skus import Sku
from smartcart.merchant.stock import Look, csv
from smartcart.merchant.stock.files import LocalFile
from smartcart.merchant.stock.lists import ListSource
from smartcart.merchant.storage import sources, stock
from tests.support.order_documents import line, order
from tests.support.policies import ALWAYS_OPEN
from tests.support.shop import Shop, open_shop
from tests.support.stock_lists import csv_file

HOUR = timedelta(hours=1)
PLENTY = {f"{n}": 5 for n in range(1001, 1021)}
SOLD_OUT = dict.fromkeys(PLENTY, 0)
TERMS = Terms(max_age=24 * 3_600_000_000, shrink_percent=50)


@dataclass
class Listed:
    """A shop with a stock list; it is `ahead` of the clock as far as a test sets it."""

    shop: Shop
    file: Path
    ahead: timedelta = field(default_factory=timedelta)

    def write(self, pieces: Mapping[str, int]) -> None:
        rows = "".join(f"{uid},{quantity}\n" for uid, quantity in pieces.items())
        self.file.write_text(f"id,quantity\n{rows}")

    async def look(self) -> Taken | InDoubt | None:
        source = csv_file(self.file)
        return await Counting(
            self.shop.database, source, TERMS, lambda: utc_now() + self.ahead
        ).look()

    async def placed(self, code: str, quantity: int) -> Status:
        """What becomes of an order for so many pieces of one product."""
        await self.shop.told(order(code, line("1001", quantity)), 0, "new_order")
        return await self.status(code)

    async def status(self, code: str) -> Status:
        await self.shop.settle(queues=("events",))
        return (await self.shop.order(code)).status

    async def told(self) -> list[str]:
        return [step for step in await self.shop.steps("") if step != "stock_read"]


@pytest.fixture
async def listed(database_url: str, tmp_path: Path) -> AsyncIterator[Listed]:
    """Twenty products, five pieces of each, were taken over."""
    async with open_shop(database_url, None, tmp_path) as shop:
        listed = Listed(shop, tmp_path / "stock.csv")
        listed.write(PLENTY)
        assert isinstance(await listed.look(), Taken)
        yield listed


def _remove(listed: Listed) -> None:
    listed.file.unlink()


def _empty(listed: Listed) -> None:
    listed.write({})


def _half(listed: Listed) -> None:
    listed.write({uid: 5 for uid in PLENTY if uid < "1010"})


def _at_zero(listed: Listed) -> None:
    listed.write(SOLD_OUT)


def _age(listed: Listed) -> None:
    listed.ahead = 25 * HOUR


TROUBLES = {
    _remove: Doubt.UNREADABLE,
    _empty: Doubt.UNREADABLE,
    _half: Doubt.SHRUNKEN,
    _at_zero: Doubt.SHRUNKEN,
    _age: Doubt.STALE,
}


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__.strip("_"))
async def test_orders_wait_while_the_list_is_in_doubt_and_are_decided_when_it_is_well(
    listed: Listed, trouble: object
) -> None:
    assert callable(trouble)
    trouble(listed)
    found = await listed.look()
    assert isinstance(found, InDoubt)
    assert found.doubt is TROUBLES[trouble]
    assert await listed.placed("enough", 2) is Status.HELD
    assert await listed.placed("short", 9) is Status.HELD
    why = [facts["why"] for facts in await listed.shop.facts("short", "held")]
    assert why == ["stock_in_doubt"]
    assert await listed.told() == [f"stock_{found.doubt}"]

    listed.write(PLENTY)
    assert isinstance(await listed.look(), Taken)
    assert await listed.status("enough") is Status.ACCEPTING
    assert await listed.status("short") is Status.REJECTING
    assert await listed.told() == [f"stock_{found.doubt}", "stock_recovered"]
    assert set(await listed.told()) <= STEPS


async def test_a_list_that_comes_back_as_it_was_is_relied_on_again(listed: Listed) -> None:
    away = listed.file.rename(listed.file.with_suffix(".away"))
    await listed.look()
    assert await listed.placed("C1", 2) is Status.HELD
    away.rename(listed.file)
    assert await listed.look() is None
    assert await listed.status("C1") is Status.ACCEPTING
    assert await listed.told() == ["stock_unreadable", "stock_recovered"]


async def test_an_order_put_on_hold_while_the_list_recovers_is_decided_at_the_next_look(
    listed: Listed,
) -> None:
    _age(listed)
    await listed.look()
    listed.ahead = timedelta()
    await listed.look()
    # As decided by a process that looked at the stock before, and wrote after the recovery.
    await listed.shop.told(order("C1", line("404")), 0, "new_order")
    assert await listed.status("C1") is Status.HELD
    await listed.shop.stock(p404=1)
    await listed.look()
    assert await listed.status("C1") is Status.ACCEPTING


async def test_a_trouble_that_goes_on_is_told_again_every_hour(listed: Listed) -> None:
    _half(listed)
    assert isinstance(await listed.look(), InDoubt)
    assert await listed.look() is None
    listed.ahead = HOUR + timedelta(minutes=1)
    assert isinstance(await listed.look(), InDoubt)
    assert await listed.told() == ["stock_shrunken"] * 2


async def test_a_share_that_hangs_holds_orders_until_it_answers(listed: Listed) -> None:
    answers = threading.Event()

    class Hanging(ListSource):
        def look(self) -> Look:
            answers.wait()
            return self.origin.look()

    source = Hanging("csv", LocalFile(listed.file), csv.products)
    hanging = Counting(listed.shop.database, source, TERMS, answers_within=0.05)
    found = await hanging.look()
    assert found == InDoubt(Doubt.UNREADABLE, "it does not answer within 0.05 seconds")
    assert await hanging.look() is None
    assert await listed.placed("C1", 2) is Status.HELD
    answers.set()
    await Counting(listed.shop.database, source, TERMS).look()
    assert await listed.status("C1") is Status.ACCEPTING


async def test_what_has_shrunk_is_taken_over_when_a_person_says_that_it_is_right(
    listed: Listed,
) -> None:
    _at_zero(listed)
    await listed.look()
    assert await listed.placed("C1", 2) is Status.HELD
    (trusted,) = await counting.trust(listed.shop.database)
    assert trusted.why == "20 of 20 products in stock are missing or at zero"
    assert isinstance(await listed.look(), Taken)
    assert await listed.status("C1") is Status.REJECTING
    assert await counting.trust(listed.shop.database) == []


async def test_trust_is_in_the_one_list_that_was_refused(listed: Listed) -> None:
    _half(listed)
    await listed.look()
    await counting.trust(listed.shop.database)
    _at_zero(listed)
    assert isinstance(await listed.look(), InDoubt)
    assert (await listed.shop.shelf())["1001"] == (5, 0)


async def test_half_of_the_products_and_a_few_of_them_may_sell_out_at_once(listed: Listed) -> None:
    listed.write({uid: 5 if uid > "1010" else 0 for uid in PLENTY})
    assert isinstance(await listed.look(), Taken)
    listed.write({uid: 5 if uid > "1015" else 0 for uid in PLENTY})
    assert isinstance(await listed.look(), Taken)
    listed.write({uid: 5 if uid > "1019" else 0 for uid in PLENTY})
    assert isinstance(await listed.look(), Taken)  # four of five
    assert await listed.told() == []


async def test_another_sources_doubts_are_over_when_it_is_no_longer_the_shops(
    listed: Listed, tmp_path: Path
) -> None:
    _remove(listed)
    await listed.look()
    other = tmp_path / "other.csv"
    other.write_text("id,quantity\n" + "".join(f"{uid},7\n" for uid in PLENTY))
    changed = Counting(listed.shop.database, csv_file(other), TERMS)
    assert await listed.placed("C1", 2) is Status.HELD
    stands = {changed.source.name: changed.stand}
    await counting.begin(listed.shop.database, stands, micros(utc_now()))
    assert isinstance(await changed.look(), Taken)
    assert await listed.status("C1") is Status.ACCEPTING
    assert await sources.in_doubt(listed.shop.database) == []


async def test_a_price_and_a_weight_that_the_list_tells_feed_the_policy(
    database_url: str, tmp_path: Path
) -> None:
    policy = replace(ALWAYS_OPEN, parcels=Parcels(kilos_each=2))
    async with open_shop(database_url, None, tmp_path, policy=policy) as shop:
        file = tmp_path / "stock.csv"
        file.write_text("id,quantity,price,weight\n1001,9,12.50,900\n1002,9,20,\n")
        look = Counting(shop.database, csv_file(file), TERMS)
        await look.look()
        there = await stock.shelves(shop.database, [Sku("1001"), Sku("1002")])
        assert [(s.price, s.grams) for s in there.values()] == [(1250, 900), (2000, None)]
        alike, dearer = line("1001", 3), line("1001", 3)
        dearer["unit_price"], dearer["total_price"] = 14, 42
        alike["unit_price"], alike["total_price"] = 12.5, 37.5
        for document in (
            order("alike", alike),
            order("dearer", dearer),
            order("weightless", line("1002") | {"total_price": 20}),
        ):
            await shop.told(document, 0, "new_order")
        await shop.settle(queues=("events",))
        decision = (await shop.order("alike")).decision
        assert isinstance(decision, Accept)
        assert decision.parcels == 2  # two pieces weigh 1.8 kilograms
        whys = [(await shop.facts(code, "held"))[0]["why"] for code in ("dearer", "weightless")]
        assert whys == ["price", "weight_unknown"]
