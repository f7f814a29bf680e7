"""Both feeds made one: in time, without gaps, and without keeping more than is shown."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from smartcart.demo.catalogue import Sku
from smartcart.demo.halves import Side
from smartcart.demo.live import KEPT, STOCK, Live, Versions
from tests.support.demo_steps import accepted, rejected, step
from tests.support.halves import Playhouse, played


@asynccontextmanager
async def _living(house: Playhouse) -> AsyncIterator[Live]:
    async with played(house) as (marketplace, shop):
        live = Live(marketplace, shop)
        running = asyncio.create_task(live.run())
        try:
            yield live
        finally:
            running.cancel()
            await asyncio.wait([running])


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


def _codes(live: Live) -> list[str]:
    return [card.code for card in live.cards()]


async def test_orders_that_were_there_before_are_shown_whole_the_newest_first() -> None:
    house = Playhouse()
    house.hush(*accepted("A"), *rejected("B"))
    async with _living(house) as live:
        await _until(lambda: _codes(live) == ["B", "A"])
        card = live.card("A")
        assert card
        assert len(card.happenings) == len(accepted())


async def test_steps_of_both_sides_come_together_as_they_happen() -> None:
    house = Playhouse()
    async with _living(house) as live:
        await _until(lambda: len(house._feeds) == 2)
        for told in accepted("A"):
            house.tell(told)
        await _until(lambda: (card := live.card("A")) is not None and card.printed is not None)
        card = live.card("A")
        assert card
        assert [each.step for each in card.happenings] == [each for _, each in accepted("A")]


async def test_what_was_missed_while_a_feed_was_away_is_filled_in() -> None:
    house = Playhouse()
    async with _living(house) as live:
        await _until(lambda: len(house._feeds) == 2)
        house.tell(*accepted("A")[:3])
        await _until(lambda: _codes(live) == ["A"])
        house.hang_up()
        house.hush(*accepted("A")[3:], *rejected("B"))
        await _until(lambda: _codes(live) == ["B", "A"])
        await _until(lambda: (card := live.card("A")) is not None and card.printed is not None)


async def test_listeners_hear_each_step_once() -> None:
    house = Playhouse()
    heard: list[str] = []
    house.hush(*accepted("A")[:4])
    async with _living(house) as live:
        live.listeners.append(lambda _side, each: heard.append(each.id))
        await _until(lambda: len(house._feeds) == 2 and _codes(live) == ["A"])
        house.tell(*accepted("A")[4:])
        house.hang_up()
        await _until(lambda: len(heard) >= len(accepted()))
        await asyncio.sleep(0.7)
    assert sorted(heard) == sorted(each.id for _, each in accepted("A"))


async def test_held_orders_stay_on_top() -> None:
    house = Playhouse()
    house.hush(*accepted("A")[:3], step(Side.SHOP, 9, "held", "A", why="unknown_sku"))
    house.hush(*rejected("B"))
    async with _living(house) as live:
        await _until(lambda: _codes(live) == ["A", "B"])


async def test_no_more_orders_are_kept_than_are_shown() -> None:
    house = Playhouse()
    async with _living(house) as live:
        await _until(lambda: len(house._feeds) == 2)
        for n in range(KEPT + 30):
            house.tell(step(Side.MARKETPLACE, n, "placed", f"O{n:03}", total_cents=100))
        await _until(lambda: _codes(live)[:1] == [f"O{KEPT + 29:03}"] and len(_codes(live)) == KEPT)
        await _until(lambda: live.card("O000") is None)


async def test_an_order_that_the_marketplace_does_not_know_is_not_shown() -> None:
    house = Playhouse()
    async with _living(house) as live:
        await _until(lambda: len(house._feeds) == 2)
        house.tell(step(Side.SHOP, 0, "received", "STRAY", event_type="new_order"))
        house.tell(*accepted("A"))
        await _until(lambda: _codes(live) == ["A"])
        await _until(lambda: live.card("STRAY") is None)


async def test_the_stock_is_counted_when_the_shop_read_or_reserved_it() -> None:
    house = Playhouse(stock=[{"shop_uid": "MAS-50", "quantity": 18, "reserved": 0}])
    async with _living(house) as live:
        await _until(lambda: live.free() == {Sku("MAS-50"): 18})
        house.stock = [{"shop_uid": "MAS-50", "quantity": 18, "reserved": 7}]
        house.tell(step(Side.SHOP, 1, "stock_read", ""))
        await _until(lambda: live.free() == {Sku("MAS-50"): 11})


async def test_onlookers_learn_of_each_change_once_and_of_many_together() -> None:
    versions = Versions()
    changes = versions.changes(0.02)
    assert await anext(changes) == set()
    versions.touch("A")
    versions.touch("B")
    versions.touch("A")
    assert await anext(changes) == {"A", "B"}
    versions.touch(STOCK)
    assert await anext(changes) == {STOCK}
    versions.close()
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(changes), 1)
