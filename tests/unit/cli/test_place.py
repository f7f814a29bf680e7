"""`smartcart place` and `smartcart orders`: a cart by hand, and what became of it."""

import json
import re

import msgspec
import pytest

from tests.support.commands import ADD, SHOP, Shell
from tests.support.marketplace import CUSTOMER

CODE = re.compile(r"\d{6}-\d{7}")
CUSTOMER_JSON = msgspec.to_builtins(CUSTOMER)


@pytest.fixture
def market(shell: Shell) -> Shell:
    """A marketplace with one merchant."""
    shell.add_shop()
    return shell


def order(market: Shell, code: str) -> dict[str, object]:
    shown = json.loads(market.ok("orders", "show", code, "--json"))
    found: dict[str, object] = shown["order"]
    return found


def lines(market: Shell, code: str) -> list[tuple[str, str | None, int]]:
    items = msgspec.convert(order(market, code)["line_items"], list[dict[str, object]])
    return [
        (
            str(i["shop_uid"]),
            msgspec.convert(i.get("shop_variation_uid"), str | None),
            int(str(i["quantity"])),
        )
        for i in items
    ]


def test_products_by_their_ids(market: Shell) -> None:
    words = ("--sku", "KF-1042=2", "--sku", "KF-3310/KF-3310-M", "--sku", "KF-6001=30")
    [code] = market.ok("place", *words).splitlines()
    assert CODE.fullmatch(code)
    assert lines(market, code) == [
        ("KF-1042", None, 2),
        ("KF-3310", "KF-3310-M", 1),
        ("KF-6001", None, 30),
    ]


def test_how_it_is_paid_and_what_the_customer_says(market: Shell) -> None:
    [code] = market.ok(
        "place", "--sku", "KF-1042", "--payment", "cash_on_delivery", "--comments", "μετά τις 5"
    ).split()
    found = order(market, code)
    assert (found["payment_method"], found["paid_by_user"]) == ("cash_on_delivery", False)
    assert found["comments"] == "μετά τις 5"


def test_a_whole_cart_from_a_file(market: Shell) -> None:
    market.add_shop("second")
    cart = {
        "lines": [
            {"merchant_id": "shop", "shop_uid": "KF-1042", "quantity": 2},
            {"merchant_id": "second", "shop_uid": "KF-2077"},
        ],
        "customer": CUSTOMER_JSON,
        "payment_method": "iris",
        "comments": "",
    }
    (market.folder / "cart.json").write_text(json.dumps(cart))
    placed = json.loads(market.ok("place", "--file", "cart.json", "--json"))
    first, second = placed["codes"]
    assert lines(market, first) == [("KF-1042", None, 2)]
    assert lines(market, second) == [("KF-2077", None, 1)]
    assert order(market, second)["customer"] == CUSTOMER_JSON


def test_the_merchant_is_named_where_there_are_several(market: Shell) -> None:
    market.add_shop("second")
    told = market.told("place", "--sku", "KF-1042")
    assert "--merchant: say which; there are 2 in this database" in told
    market.ok("place", "--sku", "KF-1042", "--merchant", "second")


def test_without_any_merchant(shell: Shell) -> None:
    assert "there are 0 in this database" in shell.told("place", "--sku", "KF-1042")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--sku", "nothing"), "lines[0].shop_uid: 'nothing' is not offered by this merchant"),
        (("--sku", "KF-1042=8"), "lines[0].quantity: only 7 of 'KF-1042' offered"),
        (("--sku", "KF-1042=0"), "lines[0].quantity: must be 1 to 1000"),
        (("--sku", "KF-1042", "--sku", "KF-1042"), "lines[1]: 'KF-1042' is in the cart already"),
        (("--sku", "KF-1042", "--merchant", "nobody"), "is not offered by this merchant"),
    ],
)
def test_a_cart_that_cannot_be_ordered(market: Shell, words: tuple[str, ...], message: str) -> None:
    assert message in market.told("place", *words)
    assert "No orders here yet" in market.ok("orders", "list")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Give either --sku, at least once, or --file."),
        (("--sku", "a", "--file", "feed.xml"), "Give either --sku, at least once, or --file."),
        (("--sku", ""), "--sku '' is not UID[/VARIATION][=QUANTITY]"),
        (("--sku", "a=many"), "--sku 'a=many' is not UID[/VARIATION][=QUANTITY]"),
        (("--sku", "a", "--payment", "shells"), "'shells' is not one of"),
        (("--file", "nowhere.json"), "'nowhere.json' does not exist"),
    ],
)
def test_words_that_will_not_do(market: Shell, words: tuple[str, ...], message: str) -> None:
    assert message in market.told("place", *words, code=2)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cart.json is not a cart"),
        (b"junk", "cart.json is not a cart"),
        (b"[]", "Expected `object`"),
        (b'{"lines": []}', "missing required field `customer`"),
        (b'{"lines": [{}], "customer": {}}', "missing required field `merchant_id`"),
        (b'{"comments": "\xff"}', "cart.json is not a cart"),
        (b'{"customer": {"x": ' + b"[" * 100_000, "cart.json is not a cart"),
        (b'{"lines": [], "customer": {}}', "lines: a cart holds 1 to 100 lines"),
    ],
)
def test_a_file_that_is_no_cart(market: Shell, content: bytes, message: str) -> None:
    (market.folder / "cart.json").write_bytes(content)
    assert message in market.told("place", "--file", "cart.json")


def test_orders_are_listed_and_shown(market: Shell) -> None:
    codes = [market.ok("place", "--sku", "KF-1042").strip() for _ in range(3)]
    listed = market.ok("orders", "list").splitlines()
    assert [row.split()[0] for row in listed] == codes[::-1]
    assert all(" open " in row and "left" in row for row in listed)
    assert len(market.ok("orders", "list", "--limit", "2").splitlines()) == 2
    assert "No orders here yet" in market.ok("orders", "list", "--state", "accepted")
    as_json = json.loads(market.ok("orders", "list", "--json"))
    assert [row["code"] for row in as_json] == codes[::-1]
    shown = market.ok("orders", "show", codes[0])
    assert f'"code": "{codes[0]}"' in shown
    assert " placed " in shown.splitlines()[-1]


def test_an_order_there_is_not(market: Shell) -> None:
    assert "There is no order '260312-1'" in market.told("orders", "show", "260312-1")


def test_orders_of_a_database_there_is_not(shell: Shell) -> None:
    told = shell.told("orders", "list")
    assert "holds no orders" in told
    assert "--database" in told
    assert not list(shell.folder.glob("*.db"))


def test_a_shop_without_a_feed_offers_nothing(shell: Shell) -> None:
    shell.ok(*ADD, "shop", *SHOP)
    assert "'KF-1042' is not offered" in shell.told("place", "--sku", "KF-1042")
