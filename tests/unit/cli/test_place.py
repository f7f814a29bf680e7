"""`smartcart place` and `smartcart orders`: a cart by hand, and what became of it."""

import json
import re

import msgspec
import pytest

from smartcart.cli.samples import SAMPLES
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
        ((), "Give one of --sku (at least once), --sample and --file."),
        (
            ("--sku", "a", "--file", "feed.xml"),
            "Give one of --sku (at least once), --sample and --file.",
        ),
        (("--sku", "a", "--sample", "list"), "Give one of --sku"),
        (("--sample", "nothing"), "'nothing' is not one of"),
        (("--sku", ""), "--sku '' is not UID[/VARIATION][=QUANTITY]"),
        (("--sku", "a=many"), "--sku 'a=many' is not UID[/VARIATION][=QUANTITY]"),
        (("--sku", "a", "--payment", "shells"), "'shells' is not one of"),
        (("--file", "nowhere.json"), "'nowhere.json' does not exist"),
    ],
)
def test_words_that_will_not_do(market: Shell, words: tuple[str, ...], message: str) -> None:
    assert message in market.told("place", *words, code=2)


NO_ORDER: list[tuple[bytes, str]] = [
    (b"", "not a JSON object"),
    (b"junk", "not a JSON object"),
    (b"[]", "Expected `object`"),
    (b"{}", "neither a cart, which has lines, nor an order, which has line_items"),
    (b'{"order": 1}', "Expected `object`"),
    (b'{"line_items": [], "comments": "\xff"}', "The document is not JSON"),
    (b'{"customer": {"x": ' + b"[" * 100_000, "not a JSON object"),
    (b'{"lines": []}', "missing required field `customer`"),
    (b'{"lines": [{}], "customer": {}}', "missing required field `merchant_id`"),
    (b'{"lines": [], "customer": {}}', "lines: a cart holds 1 to 100 lines"),
    (b'{"line_items": []}', "line_items: give 1 to 100 lines"),
    (b'{"line_items": 1}', "line_items: Expected `array`"),
    (b'{"line_items": [{}]}', "line_items[0].quantity: This field is required."),
    (b'{"order": {"line_items": [{"quantity": "two"}]}}', "line_items[0].quantity: Expected `int`"),
    (b'{"line_items": [{"quantity": 1}]}', "line_items[0].shop_uid: give the product's id"),
    (b" " * 262_145, "larger than 262144 bytes"),
]


@pytest.mark.parametrize(("content", "message"), NO_ORDER, ids=[told for _, told in NO_ORDER])
def test_a_file_that_is_no_order(market: Shell, content: bytes, message: str) -> None:
    (market.folder / "order.json").write_bytes(content)
    told = market.told("place", "--file", "order.json")
    assert told.startswith("Error: order.json: ")
    assert message in told
    assert "No orders here yet" in market.ok("orders", "list")


LINE = {"shop_uid": "X-1", "quantity": 2, "unit_price": 10.4}
BARE = {"customer": CUSTOMER_JSON, "line_items": [LINE], "comments": "στον 3ο"}


@pytest.mark.parametrize(
    "document",
    [
        BARE,
        {"order": BARE},
        {"event_type": "new_order", "event_time": "2026-03-12T09:41:07+02:00", "order": BARE},
        {**BARE, "code": "260312-1", "state": "open", "commission": None},
        {**BARE, "line_items": [{**LINE, "id": "x", "total_price": "20.80"}]},
    ],
)
def test_an_order_from_a_file(market: Shell, document: dict[str, object]) -> None:
    """Bare, as `GET /:code` answers it, or as an event; what is ours to say may be left out."""
    (market.folder / "order.json").write_text(json.dumps(document))
    [code] = market.ok("marketplace", "place", "--file", "order.json").split()
    assert CODE.fullmatch(code)
    placed = order(market, code)
    assert lines(market, code) == [("X-1", None, 2)]
    assert (placed["customer"], placed["comments"], placed["commission"]) == (
        CUSTOMER_JSON, "στον 3ο", 2.08,
    )  # fmt: skip


def test_whose_order_it_is_has_to_be_said_where_there_are_several(market: Shell) -> None:
    market.add_shop("second")
    (market.folder / "order.json").write_text(json.dumps(BARE))
    told = market.told("place", "--file", "order.json")
    assert "order.json: --merchant: say which; there are 2 in this database" in told
    assert "say which" in market.told("place", "--sample", "plain")
    market.ok("place", "--file", "order.json", "--merchant", "second")
    market.ok("place", "--sample", "plain", "--merchant", "second")
    nobody = market.told("place", "--sample", "plain", "--merchant", "nobody")
    assert "merchant 'nobody' is not known here" in nobody
    (market.folder / "cart.json").write_text(json.dumps({"lines": [], "customer": {}}))
    told = market.told("place", "--file", "cart.json", "--merchant", "second")
    assert "a cart's lines name their merchants" in told


def test_the_samples_are_listed_without_a_database(shell: Shell) -> None:
    listed = shell.ok("place", "--sample", "list").splitlines()
    assert [row.split()[0] for row in listed] == list(SAMPLES)
    as_json = msgspec.convert(shell.json("place", "--sample", "list"), dict[str, str])
    assert list(as_json) == list(SAMPLES)
    assert not list(shell.folder.glob("*.db"))


def test_every_sample_can_be_placed(market: Shell) -> None:
    codes = {name: market.ok("place", "--sample", name).strip() for name in SAMPLES}
    states = {name: order(market, code)["state"] for name, code in codes.items()}
    begun = {"fbm-accepted", "fbs", "accepted", "replacement"}
    assert {name for name, state in states.items() if state == "accepted"} == begun
    assert {states[name] for name in SAMPLES.keys() - begun} == {"open"}


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


def test_every_event_is_shown_as_it_is_sent(shell: Shell) -> None:
    hook = ("--webhook-url", "http://127.0.0.1:9/hook")
    shell.ok(*ADD, "shop", "--development", *hook)
    code = shell.ok("place", "--sample", "plain").strip()
    shell.ok("orders", "cancel", code)
    shown = json.loads(shell.ok("orders", "show", code, "--json"))
    placed, cancelled = shown["deliveries"]
    assert (placed["seq"], placed["attempts"]) == (1, [])
    assert placed["payload"]["event_type"] == "new_order"
    assert cancelled["payload"]["changes"] == {"state": {"old": "open", "new": "cancelled"}}


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
