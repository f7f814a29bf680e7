"""Offers from the products of a feed (contract §7)."""

from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import pytest

from smartcart.contract import ContractError, FeedItem, FeedVariation, Size, read_feed
from smartcart.contract.examples import example
from smartcart.marketplace.domain.catalogue import Offer, offers

ITEM = FeedItem(id="KF-1", name="Μπρίκι", quantity=7, price=Decimal("18.90"), ean="52", mpn="BR")
MEDIUM = FeedVariation(id="KF-1-M", quantity=5, size="Medium")


def offered(item: FeedItem) -> list[Offer]:
    return offers(item, "kyma", 920)


def test_a_product_is_one_offer() -> None:
    assert offered(ITEM) == [
        Offer(
            merchant_id="kyma",
            shop_uid="KF-1",
            shop_variation_uid="",
            name="Μπρίκι",
            price_cents=1890,
            quantity=7,
            commission_basis_points=920,
            ean="52",
            mpn="BR",
        )
    ]


def test_a_product_with_variations_is_offered_as_these_alone() -> None:
    large = FeedVariation(
        id="KF-1-L", quantity=None, price=Decimal(44), size="Large", ean="53", mpn="L"
    )
    medium_offer, large_offer = offered(replace(ITEM, variations=(MEDIUM, large)))
    assert (medium_offer.shop_uid, medium_offer.shop_variation_uid) == ("KF-1", "KF-1-M")
    assert (medium_offer.price_cents, medium_offer.quantity) == (1890, 5)
    assert (medium_offer.ean, medium_offer.mpn) == ("52", "BR")
    assert (large_offer.price_cents, large_offer.quantity) == (4400, None)
    assert (large_offer.ean, large_offer.mpn) == ("53", "L")


@pytest.mark.parametrize(
    ("value", "label"), [("43", "Νούμερο"), ("43,5", "Νούμερο"), ("Medium", "Μέγεθος")]
)
def test_the_size_of_a_variation(value: str, label: str) -> None:
    [offer] = offered(replace(ITEM, variations=(replace(MEDIUM, size=value, ean="54"),)))
    assert offer.size == Size(
        label=label, value=value, shop_value=value, shop_variation_uid="KF-1-M", ean="54"
    )


def test_a_variation_without_a_size_has_none() -> None:
    [offer] = offered(replace(ITEM, variations=(replace(MEDIUM, size=""),)))
    assert offer.size is None


def test_a_product_without_a_name_goes_by_its_id() -> None:
    [offer] = offered(replace(ITEM, name=""))
    assert offer.name == "KF-1"


def test_empty_numbers_are_none() -> None:
    [offer] = offered(replace(ITEM, ean="", mpn=""))
    assert (offer.ean, offer.mpn) == (None, None)


def test_variations_that_have_their_own_prices_need_none_of_the_product() -> None:
    priced = replace(MEDIUM, price=Decimal("42.00"))
    [offer] = offered(replace(ITEM, price=None, variations=(priced,)))
    assert offer.price_cents == 4200


@pytest.mark.parametrize(
    "item",
    [
        replace(ITEM, price=None),
        replace(ITEM, price=Decimal(0)),
        replace(ITEM, price=None, variations=(MEDIUM,)),
        replace(ITEM, variations=(replace(MEDIUM, price=Decimal(0)),)),
    ],
)
def test_what_has_no_price_cannot_be_sold(item: FeedItem) -> None:
    with pytest.raises(ContractError, match="needs a price above 0") as error:
        offered(item)
    assert error.value.field == "price_with_vat"


def test_what_costs_a_part_of_a_cent_cannot_be_sold() -> None:
    with pytest.raises(ContractError, match="more than two places"):
        offered(replace(ITEM, price=Decimal("18.905")))


@pytest.mark.parametrize(
    ("quantity", "wanted", "can"), [(7, 7, True), (7, 8, False), (0, 1, False), (None, 999, True)]
)
def test_how_many_can_be_served(quantity: int | None, wanted: int, can: bool) -> None:
    [offer] = offered(replace(ITEM, quantity=quantity))
    assert offer.can_serve(wanted) is can


def test_the_feed_of_the_examples() -> None:
    items = [item for item in read_feed(BytesIO(example("feed"))) if isinstance(item, FeedItem)]
    found = [
        (offer.shop_uid, offer.shop_variation_uid, offer.price_cents, offer.quantity)
        for item in items
        for offer in offered(item)
    ]
    assert found == [
        ("KF-1042", "", 1890, 7),
        ("KF-2077", "", 435, 1),
        ("KF-3310", "KF-3310-M", 4200, 5),
        ("KF-3310", "KF-3310-L", 4400, 0),
        ("KF-6001", "", 1620, None),
        ("KF-7777", "", 3990, 0),
    ]
