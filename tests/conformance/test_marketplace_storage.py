"""What the marketplace keeps: merchants and their tokens, offers, carts placed whole or not."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from smartcart.contract import ContractError
from smartcart.contract.examples import example
from smartcart.kit.database import Conflict, Database, WriteSet
from smartcart.marketplace.actions import merchants, minting, offers, placing
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.placement import CartLine
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from smartcart.marketplace.storage import callers, orders
from smartcart.marketplace.storage import merchants as kept_merchants
from smartcart.marketplace.storage import offers as kept_offers
from smartcart.marketplace.storage.callers import Caller
from tests.support.marketplace import (
    MERCHANT,
    TERMS,
    a_cart,
    a_merchant,
    add_merchant,
    add_offers,
    an_offer,
    emptied,
    events,
    place,
    stored,
)


@pytest.fixture
async def database(market_url: str) -> AsyncIterator[Database]:
    async with emptied(market_url) as opened_database:
        yield opened_database


class _Text(msgspec.Struct):
    document: str
    token_hash: str


async def offered(database: Database) -> dict[tuple[str, str], int | None]:
    page = await kept_offers.page(database, MERCHANT, after=("", ""), limit=1_000)
    return {(one.shop_uid, one.shop_variation_uid): one.quantity for one in page}


async def test_a_merchant_comes_back_as_it_was(database: Database) -> None:
    merchant = a_merchant(orders_api_enabled=False, commission_basis_points=834)
    await merchants.add(database, merchant)
    assert await kept_merchants.find(database, MERCHANT) == merchant
    assert await kept_merchants.find(database, "nobody") is None
    changed = msgspec.structs.replace(merchant, webhook_url="", name="Άλλο")
    await merchants.change(database, changed)
    assert await kept_merchants.all_of_them(database) == [changed]


async def test_a_token_is_kept_only_as_a_hash(database: Database) -> None:
    token = await merchants.add(database, a_merchant())
    [row] = await database.read(_Text, "select document, token_hash from merchant")
    assert len(token) >= 43
    assert token not in row.document + row.token_hash
    assert await callers.find(database, token, "") == Caller(a_merchant(), None)
    for wrong in ("", token[:-1], f"{token} ", row.token_hash, "Ω", "\0"):
        assert await callers.find(database, wrong, "") is None


async def test_a_new_token_ends_the_old_and_no_other(database: Database) -> None:
    old = await merchants.add(database, a_merchant())
    other = await merchants.add(database, a_merchant("other"))
    new = await merchants.renew_token(database, MERCHANT)
    assert await callers.find(database, old, "") is None
    found = [await callers.find(database, token, "") for token in (new, other)]
    assert [caller.merchant.id for caller in found if caller] == [MERCHANT, "other"]


async def test_an_id_is_taken_once(database: Database) -> None:
    token = await merchants.add(database, a_merchant())
    with pytest.raises(Refused, match="id: 'kyma' is taken; choose another") as refused:
        await merchants.add(database, a_merchant(name="Άλλο"))
    assert refused.value.code is RefusalCode.MERCHANT
    assert await callers.find(database, token, "") == Caller(a_merchant(), None)


async def test_a_caller_comes_with_the_order_it_names_if_that_is_its_own(
    database: Database,
) -> None:
    token, stranger = await add_merchant(database), await add_merchant(database, a_merchant("o"))
    order = await place(database)
    assert await callers.find(database, token, order.code) == Caller(a_merchant(), order)
    assert await callers.find(database, stranger, order.code) == Caller(a_merchant("o"), None)
    for unknown in ("", "260312-0000000", "\0", f"{order.code}\0"):
        assert await callers.find(database, token, unknown) == Caller(a_merchant(), None)


async def test_nobody_is_changed_who_is_not_there(database: Database) -> None:
    with pytest.raises(Refused, match="merchant 'kyma' is not known here"):
        await merchants.renew_token(database, MERCHANT)
    with pytest.raises(Refused, match="merchant 'kyma' is not known here"):
        await merchants.change(database, a_merchant())


async def test_a_feed_replaces_what_was_offered(database: Database, tmp_path: Path) -> None:
    merchant: Merchant = a_merchant()
    await add_merchant(database, merchant, ["gone"])
    await add_merchant(database, a_merchant("other"), ["kept"])
    feed = tmp_path / "feed.xml"
    feed.write_bytes(example("feed"))
    loaded = await offers.load(database, merchant, feed)
    assert (loaded.offers, loaded.left_out, loaded.problems) == (6, 0, [])
    expected = {
        ("KF-1042", ""): 7,
        ("KF-2077", ""): 1,
        ("KF-3310", "KF-3310-M"): 5,
        ("KF-3310", "KF-3310-L"): 0,
        ("KF-6001", ""): None,
        ("KF-7777", ""): 0,
    }
    assert await offered(database) == expected
    again = await offers.load(database, merchant, feed)
    assert again.offers == 6
    assert await offered(database) == expected
    others = await kept_offers.page(database, "other", after=("", ""), limit=10)
    assert [one.shop_uid for one in others] == ["kept"]


async def test_a_large_feed_is_loaded_page_by_page(database: Database, tmp_path: Path) -> None:
    product = (
        "<product><id>{0}</id><name>P {0}</name><price_with_vat>1.50</price_with_vat>"
        "<quantity>{0}</quantity></product>"
    )
    feed = tmp_path / "feed.xml"
    products = "".join(product.format(n) for n in range(950))
    feed.write_text(f"<shop><products>{products}</products></shop>")
    loaded = await offers.load(database, a_merchant(), feed)
    assert loaded.offers == 950
    assert await offered(database) == {(str(n), ""): n for n in range(950)}


async def test_products_that_cannot_be_sold_are_left_out_and_named(
    database: Database, tmp_path: Path
) -> None:
    feed = tmp_path / "feed.xml"
    feed.write_text(
        """<shop><products>
        <product><id>good</id><price_with_vat>1</price_with_vat><quantity>1</quantity></product>
        <product><id>free</id><price_with_vat>0</price_with_vat><quantity>1</quantity></product>
        <product><id>odd</id><price_with_vat>1</price_with_vat><quantity>many</quantity></product>
        <product><name>nameless</name><quantity>1</quantity></product>
        </products></shop>"""
    )
    loaded = await offers.load(database, a_merchant(), feed)
    assert (loaded.offers, loaded.left_out) == (1, 3)
    assert loaded.problems == [
        "product 'free': 'free' needs a price above 0.",
        "line 4: The quantity 'many' is not a whole number.",
        "line 5: There is no id or uid.",
    ]
    assert await offered(database) == {("good", ""): 1}


async def test_a_file_that_is_no_whole_feed_leaves_the_offers_as_they_are(
    database: Database, tmp_path: Path
) -> None:
    await add_merchant(database, uids=["kept"])
    feed, whole = tmp_path / "feed.xml", example("feed")
    entity = b'<!DOCTYPE x [<!ENTITY a "b">]>' + whole.partition(b"?>")[2]
    for broken in (b"", b"not XML", b"<shop/>", whole[:-30], entity):
        feed.write_bytes(broken)
        with pytest.raises(ContractError, match="feed"):
            await offers.load(database, a_merchant(), feed)
        assert set(await offered(database)) == {("kept", "")}


async def test_a_cart_of_two_merchants_is_placed_whole_or_not_at_all(database: Database) -> None:
    await add_merchant(database, uids=["A"])
    await add_offers(database, an_offer("B", merchant_id="gone"))
    lines = [
        CartLine(merchant_id=MERCHANT, shop_uid="A"),
        CartLine(merchant_id="gone", shop_uid="B"),
    ]
    with pytest.raises(Refused, match="merchant 'gone' is not known here"):
        await placing.place(database, a_cart(*lines), TERMS)
    assert await orders.page(database, state="", limit=9, before=2**62) == []
    await add_merchant(database, a_merchant("gone"), [])
    placed = await placing.place(database, a_cart(*lines), TERMS)
    assert [order.merchant_id for order in placed] == [MERCHANT, "gone"]
    assert len({line.id for order in placed for line in order.lines}) == 2
    for order in placed:
        [event] = await events(database, order.code)
        assert event.order.code == order.code


async def test_a_code_that_is_taken_is_minted_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_merchant(database)
    numbers = iter([7, 7, 7, 8])
    monkeypatch.setattr(minting, "order_number", lambda: next(numbers))
    first, second = await place(database), await place(database)
    assert first.code.endswith("-0000007")
    assert second.code.endswith("-0000008")
    assert await stored(database, first.code) == first


async def test_an_order_comes_back_as_it_was(database: Database) -> None:
    await add_merchant(database)
    order = await place(database, comments="«quotes» \\ \n 😞")
    assert await orders.find(database, order.code) == order
    assert await orders.find(database, "nothing") is None
    assert order.comments == "«quotes» \\ \n 😞"


async def test_of_an_order_that_is_told_of_once_more_the_counters_alone_are_new(
    database: Database,
) -> None:
    """Also where a customer writes what they look like in the document."""
    await add_merchant(database)
    await add_offers(database, an_offer())
    text = '"version":1,"events":1, % _ \\ καλάθι'
    [order] = await placing.place(database, a_cart(comments=text), TERMS)
    other = await place(database)

    async def again(code: str) -> None:
        counted = (await orders.counters(database, [code]))[code]
        after = msgspec.structs.replace(
            counted, version=counted.version + 1, events=counted.events + 2
        )
        await database.commit(WriteSet(orders.told([(counted, after)])))

    before = await stored(database, order.code)
    assert (before.comments, before.version, before.events) == (text, 1, 1)
    await again(order.code)
    await again(order.code)
    assert await stored(database, order.code) == msgspec.structs.replace(
        before, version=3, events=5
    )
    assert await stored(database, other.code) == other
    stale = orders.Counters(order.code, MERCHANT, 1, 1)
    with pytest.raises(Conflict):
        await database.commit(
            WriteSet(orders.told([(stale, msgspec.structs.replace(stale, version=2))]))
        )
    found = await orders.counters(database, [other.code, order.code, "nobody's"])
    assert {code: (one.merchant_id, one.version, one.events) for code, one in found.items()} == {
        other.code: (MERCHANT, 1, 1),
        order.code: (MERCHANT, 3, 5),
    }
