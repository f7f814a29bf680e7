"""Several sources, each of a place of the shop: where an order goes from, what is in doubt."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from smartcart.kit.clock import micros, utc_now
from smartcart.merchant.actions.counting import Counting, InDoubt, Taken, begin
from smartcart.merchant.domain.counts import Stand, Terms
from smartcart.merchant.domain.decisions import Accept
from smartcart.merchant.domain.order import Status
from smartcart.merchant.domain.skus import Sku, Spot
from smartcart.merchant.storage import stock
from tests.support.order_documents import line, order, without_options
from tests.support.shop import Shop, open_shop
from tests.support.stock_lists import csv_file

NORTH, SOUTH = {"id": "north", "label": "Θεσσαλονίκη"}, {"id": "south", "label": "Αθήνα"}


@dataclass
class Placed:
    """A shop with a list for each of its sources, in the order in which they were named."""

    shop: Shop
    folder: Path
    sources: dict[str, Counting] = field(default_factory=dict)

    async def have(self, **places: str) -> None:
        """Sources by name, each with its place; `_` for none."""
        self.sources = {
            name: Counting(
                self.shop.database,
                csv_file(self.folder / f"{name}.csv"),
                Terms(),
                stand=Stand(place.strip("_"), number),
            )
            for number, (name, place) in enumerate(places.items())
        }
        stands = {one.source.name: one.stand for one in self.sources.values()}
        await begin(self.shop.database, stands, micros(utc_now()))

    async def says(self, name: str, pieces: Mapping[str, int]) -> Taken | InDoubt | None:
        rows = "".join(f"{uid},{quantity}\n" for uid, quantity in pieces.items())
        (self.folder / f"{name}.csv").write_text(f"id,quantity\n{rows}")
        return await self.sources[name].look()

    async def fails(self, name: str) -> None:
        (self.folder / f"{name}.csv").unlink(missing_ok=True)
        assert isinstance(await self.sources[name].look(), InDoubt)

    async def placed(self, code: str, **pieces: int) -> Status:
        """What becomes of an order for these products, written `p1=2`."""
        lines = [line(uid.removeprefix("p"), quantity) for uid, quantity in pieces.items()]
        document = order(code, *lines)
        document["accept_options"]["pickup_location"] = [NORTH, SOUTH]
        await self.shop.told(document, 0, "new_order")
        return await self.status(code)

    async def status(self, code: str) -> Status:
        await self.shop.settle(queues=("events",))
        return (await self.shop.order(code)).status

    async def location(self, code: str) -> str:
        decision = (await self.shop.order(code)).decision
        assert isinstance(decision, Accept)
        return decision.location

    async def why(self, code: str) -> list[Any]:
        return [facts["why"] for facts in await self.shop.facts(code, "held")]

    async def shelf(self, place: str) -> dict[str, tuple[int | None, int]]:
        rows = await stock.page(self.shop.database, Sku(""), 100, place)
        return {str(row.sku): (row.quantity, row.reserved) for row in rows if row.known}


@pytest.fixture
async def placed(database_url: str, tmp_path: Path) -> AsyncIterator[Placed]:
    async with open_shop(database_url, None, tmp_path) as shop:
        placed = Placed(shop, tmp_path)
        await placed.have(erp="north", till="south")
        yield placed
        assert await shop.is_balanced()


async def test_an_order_goes_from_a_place_that_has_all_of_it(placed: Placed) -> None:
    await placed.says("erp", {"1": 5, "2": 0})
    await placed.says("till", {"1": 3, "2": 4})
    assert await placed.placed("both", p1=2, p2=1) is Status.ACCEPTING
    assert await placed.location("both") == "south"
    assert await stock.held(placed.shop.database, "both") == {
        Spot(Sku("1"), "south"): 2,
        Spot(Sku("2"), "south"): 1,
    }
    assert await placed.placed("one", p1=2) is Status.ACCEPTING
    assert await placed.location("one") == "north"
    assert await placed.shelf("north") == {"1": (5, 2), "2": (0, 0)}
    assert await placed.shelf("south") == {"1": (3, 2), "2": (4, 1)}


async def test_a_line_is_short_when_all_places_together_have_too_little(placed: Placed) -> None:
    await placed.says("erp", {"1": 2})
    await placed.says("till", {"1": 2})
    assert await placed.placed("apart", p1=3) is Status.HELD
    assert await placed.why("apart") == ["no_place_has_all"]
    assert [facts["about"] for facts in await placed.shop.facts("apart", "held")] == [
        "1 × 3: Θεσσαλονίκη = 2, Αθήνα = 2"
    ]
    assert await placed.placed("short", p1=5) is Status.REJECTING


async def test_what_is_of_no_place_is_at_each(placed: Placed) -> None:
    await placed.have(erp="north", stores="_")
    await placed.says("erp", {"1": 2})
    await placed.says("stores", {"1": 2, "2": 1})
    assert await placed.placed("C1", p1=3, p2=1) is Status.ACCEPTING
    assert await stock.held(placed.shop.database, "C1") == {
        Spot(Sku("1"), "north"): 2,
        Spot(Sku("1")): 1,
        Spot(Sku("2")): 1,
    }


async def test_a_source_in_doubt_holds_only_what_needs_it(placed: Placed) -> None:
    await placed.says("erp", {"1": 5, "2": 0})
    await placed.says("till", {"2": 5, "3": 5})
    await placed.fails("till")
    assert await placed.placed("elsewhere", p1=2) is Status.ACCEPTING
    assert await placed.placed("short-elsewhere", p1=9) is Status.REJECTING
    assert await placed.placed("needs", p2=2) is Status.HELD
    assert await placed.placed("needs-all", p1=1, p3=1) is Status.HELD
    assert await placed.why("needs") == await placed.why("needs-all") == ["stock_in_doubt"]
    await placed.says("till", {"2": 5, "3": 5})
    assert await placed.status("needs") is Status.ACCEPTING
    assert await placed.status("needs-all") is Status.HELD
    assert await placed.why("needs-all") == ["stock_in_doubt", "no_place_has_all"]


async def test_a_source_that_was_never_read_may_have_anything(placed: Placed) -> None:
    await placed.says("erp", {"1": 2})
    await placed.fails("till")
    assert await placed.placed("there", p1=1) is Status.ACCEPTING
    assert await placed.placed("short", p1=4) is Status.HELD
    assert await placed.why("short") == ["stock_in_doubt"]
    await placed.says("till", {"2": 1})
    assert await placed.status("short") is Status.REJECTING


async def test_of_two_sources_of_a_place_the_first_counts(placed: Placed) -> None:
    await placed.have(erp="north", till="north")
    await placed.says("till", {"1": 9, "2": 9})
    assert await placed.shelf("north") == {"1": (9, 0), "2": (9, 0)}
    await placed.says("erp", {"1": 3})
    await placed.says("till", {"1": 8, "2": 8})
    assert await placed.shelf("north") == {"1": (3, 0), "2": (8, 0)}
    await placed.fails("erp")
    assert await placed.placed("first", p1=1) is Status.HELD
    assert await placed.placed("second", p2=1) is Status.ACCEPTING
    # The first names it no more: at its next look, the second counts.
    await placed.says("erp", {"3": 1})
    assert await placed.shelf("north") == {"2": (8, 1), "3": (1, 0)}
    await placed.sources["till"].look()
    assert await placed.shelf("north") == {"1": (8, 0), "2": (8, 1), "3": (1, 0)}


async def test_a_source_that_is_the_shops_no_more_has_nothing_left(placed: Placed) -> None:
    await placed.says("erp", {"1": 3})
    await placed.says("till", {"1": 4})
    assert await placed.placed("C1", p1=2) is Status.ACCEPTING
    await placed.have(till="south")
    assert await placed.shelf("north") == {}
    assert await placed.shelf("south") == {"1": (4, 0)}
    await placed.have(till="north")
    assert await placed.shelf("south") == {}
    await placed.sources["till"].look()
    assert await placed.shelf("north") == {"1": (4, 2)}


async def test_a_reservation_ends_where_it_was_made(placed: Placed) -> None:
    await placed.says("erp", {"1": 3})
    await placed.says("till", {"1": 2, "2": 2})
    for code, pieces in (("gone", {"p1": 1, "p2": 1}), ("off", {"p1": 1, "p2": 1})):
        assert await placed.placed(code, **pieces) is Status.ACCEPTING
    assert await placed.shelf("south") == {"1": (2, 2), "2": (2, 2)}
    await placed.shop.told(without_options(order("gone"), "dispatched"), 1)
    await placed.shop.told(without_options(order("off"), "cancelled"), 1)
    await placed.shop.settle(queues=("events",))
    assert await placed.shelf("south") == {"1": (1, 0), "2": (1, 0)}
    assert await placed.shelf("north") == {"1": (3, 0)}


async def test_an_express_order_takes_what_there_is_anywhere(placed: Placed) -> None:
    await placed.says("erp", {"1": 1})
    await placed.says("till", {"1": 1})
    express = order("C1", line("1", 3), state="accepted", express=True)
    await placed.shop.told(express, 0, "order_updated")
    await placed.shop.settle(queues=("events",))
    (short,) = await placed.shop.facts("C1", "short")
    assert short["lines"] == [{"sku": "1", "wanted": 3, "available": 2}]
    assert await placed.shelf("north") == await placed.shelf("south") == {"1": (1, 1)}


async def test_all_places_are_listed_page_by_page(placed: Placed) -> None:
    await placed.have(erp="north", till="south", stores="_")
    await placed.says("erp", {"1": 1, "2": 2})
    await placed.says("till", {"1": 3, "3": 4})
    await placed.says("stores", {"2": 5, "3": 6})
    listed: list[tuple[Spot, int | None]] = []
    after = Spot(Sku(""))
    while page := await stock.everywhere(placed.shop.database, after, 2):
        listed += [(row.spot, row.quantity) for row in page]
        after = page[-1].spot
    assert listed == [
        (Spot(Sku("1"), "north"), 1),
        (Spot(Sku("1"), "south"), 3),
        (Spot(Sku("2")), 5),
        (Spot(Sku("2"), "north"), 2),
        (Spot(Sku("3")), 6),
        (Spot(Sku("3"), "south"), 4),
    ]
