"""The demo's goods: what the feed offers, and what the shelf has."""

import csv
import io
from random import Random

from smartcart.contract import FeedItem, read_feed
from smartcart.demo.catalogue import PRODUCTS, Sku, feed, names, shelf, stock_list
from smartcart.demo.customers import customer


def _offered() -> dict[Sku, int | None]:
    offered: dict[Sku, int | None] = {}
    for item in read_feed(io.BytesIO(feed())):
        assert isinstance(item, FeedItem), item
        for variation in item.variations:
            offered[Sku(item.id, variation.id)] = variation.quantity
        if not item.variations:
            offered[Sku(item.id)] = item.quantity
    return offered


def test_the_feed_is_one_that_every_reader_of_feeds_can_read_whole() -> None:
    items = list(read_feed(io.BytesIO(feed())))
    assert [item.id for item in items if isinstance(item, FeedItem)] == [
        product.uid for product in PRODUCTS
    ]


def test_prices_come_through_to_the_cent() -> None:
    items = [item for item in read_feed(io.BytesIO(feed())) if isinstance(item, FeedItem)]
    prices = {item.id: item.price for item in items}
    assert {uid: price and int(price * 100) for uid, price in prices.items()} == {
        product.uid: product.cents for product in PRODUCTS
    }


def test_every_offer_has_a_name_and_nothing_else_has() -> None:
    assert set(_offered()) == set(names())


def test_some_offers_can_be_served_some_are_short_one_is_gone_and_one_unknown() -> None:
    offered, there = _offered(), shelf()
    short = {sku for sku, n in offered.items() if 0 < there.get(sku, 0) < (n or 0)}
    gone = {sku for sku in offered if there.get(sku) == 0}
    assert len(short) >= 3
    assert gone == {Sku("BRI-4")}
    assert set(offered) - set(there) == {Sku("KAN-1L")}
    assert sum(there.get(sku, 0) == n for sku, n in offered.items()) >= 6


def test_the_stock_list_is_a_table_of_what_is_there() -> None:
    rows = list(csv.DictReader(io.StringIO(stock_list(shelf()).decode())))
    found = {Sku(row["shop_uid"], row["shop_variation_uid"]): int(row["quantity"]) for row in rows}
    assert found == shelf()


def test_customers_are_many_and_agree_with_their_names() -> None:
    random = Random(7)
    customers = [customer(random) for _ in range(200)]
    assert len({(each.first_name, each.last_name) for each in customers}) > 100
    women = {"Μαρία", "Ελένη", "Σοφία", "Ειρήνη"}
    for each in customers:
        assert each.address.city
        assert len(each.address.zip) == 5
        if each.first_name in women:
            assert not each.last_name.endswith("ς")


def test_the_same_chance_makes_the_same_customer() -> None:
    assert customer(Random(3)) == customer(Random(3))
