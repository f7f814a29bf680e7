"""A shop's product feed, as shops really write them (contract §7)."""

import io
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal

import pytest

from smartcart.contract import ContractError, FeedItem, FeedProblem, FeedVariation, read_feed
from smartcart.contract.examples import example
from tests.support.proving import proves


def read(products: str, encoding: str = "utf-8") -> list[FeedItem | FeedProblem]:
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>'
    document = f"{declaration}\n<shop>\n<products>\n{products}\n</products>\n</shop>"
    return list(read_feed(io.BytesIO(document.encode(encoding))))


def read_one(product: str) -> FeedItem:
    (item,) = read(f"<product><id>a</id>{product}</product>")
    assert isinstance(item, FeedItem), item
    return item


@proves("feed.product-id", "feed.product", "feed.variations", "feed.availability-decides")
def test_our_example_feed() -> None:
    assert list(read_feed(io.BytesIO(example("feed")))) == [
        FeedItem(
            id="KF-1042",
            name="Μπρίκι χάλκινο χειροποίητο 350ml",
            quantity=7,
            price=Decimal("18.90"),
            ean="5201234000017",
            mpn="BR-350",
        ),
        FeedItem(
            id="KF-2077",
            name="Σαπούνι ελιάς και μελιού 120g",
            quantity=1,
            price=Decimal("4.35"),
            ean="5201234000024",
        ),
        FeedItem(
            id="KF-3310",
            name="Πουκάμισο λινό λευκό",
            quantity=5,
            price=Decimal("42.00"),
            size="Medium,Large",
            variations=(
                FeedVariation(
                    id="KF-3310-M",
                    quantity=5,
                    price=Decimal("42.00"),
                    size="Medium",
                    ean="5201234000031",
                    mpn="LIN-M",
                ),
                FeedVariation(id="KF-3310-L", quantity=0, price=Decimal("44.00"), size="Large"),
            ),
        ),
        FeedItem(
            id="KF-6001",
            name="Φακοί επαφής μηνιαίοι, 6 τεμάχια",
            quantity=None,
            price=Decimal("16.20"),
        ),
        FeedItem(id="KF-7777", name="Μίξερ χειρός 400W", quantity=0, price=Decimal("39.90")),
    ]


@proves("feed.root", "feed.product-id")
@pytest.mark.parametrize("root", ["shop", "mywebstore", "κατάστημα", "x:feed"])
def test_the_root_has_any_name(root: str) -> None:
    product = "<product><uid>a</uid><quantity>1</quantity></product>"
    document = f"<{root}><products>{product}</products></{root}>"
    assert list(read_feed(io.BytesIO(document.encode()))) == [FeedItem(id="a", name="", quantity=1)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-7", "windows-1253"])
def test_greek_in_any_encoding_shops_use(encoding: str) -> None:
    product = "<product><id>a</id><name>Ωμέγα</name><quantity>1</quantity></product>"
    assert read(product, encoding) == [FeedItem(id="a", name="Ωμέγα", quantity=1)]


def test_a_bad_product_is_reported_and_the_others_are_kept() -> None:
    found = read(
        "<product><id>a</id><quantity>1</quantity></product>\n"
        "<product><name>Χωρίς κωδικό</name><quantity>1</quantity></product>\n"
        "<product><id>c</id><quantity>πολλά</quantity></product>\n"
        "<product><id>d</id><quantity>1</quantity><price_with_vat>δωρεάν</price_with_vat></product>\n"
        "<product><id>e</id></product>\n"
        "<product><id>f</id><quantity>2</quantity></product>"
    )
    assert found == [
        FeedItem(id="a", name="", quantity=1),
        FeedProblem(line=5, product="Χωρίς κωδικό", message="There is no id or uid."),
        FeedProblem(line=6, product="c", message="The quantity 'πολλά' is not a whole number."),
        FeedProblem(line=7, product="d", message="The price 'δωρεάν' is not an amount in euros."),
        FeedProblem(line=8, product="e", message="There is neither quantity nor availability."),
        FeedItem(id="f", name="", quantity=2),
    ]


def test_a_bad_variation_is_reported_and_its_product_kept() -> None:
    problem, item = read(
        "<product><id>a</id><availability>In stock</availability><variations>\n"
        "<variation><quantity>1</quantity></variation>\n"
        "<variation><variationid>a.2</variationid><quantity>2</quantity></variation>\n"
        "</variations></product>"
    )
    assert problem == FeedProblem(line=5, product="", message="There is no variationid.")
    assert isinstance(item, FeedItem)
    assert item.variations == (FeedVariation(id="a.2", quantity=2),)


@proves("feed.variations", "feed.availability-decides")
@pytest.mark.parametrize(
    ("product", "variation", "quantity"),
    [
        ("<quantity>9</quantity>", "<quantity>3</quantity>", 3),
        ("<quantity>9</quantity>", "<availability>Out of stock</availability>", 0),
        ("<quantity>9</quantity>", "<availability>Delivery 1 to 3 days</availability>", None),
        ("<availability>Εξαντλημένο</availability>", "", 0),
        ("<availability>Άμεσα διαθέσιμο</availability>", "", None),
        ("<quantity>9</quantity>", "", None),
        ("<quantity>0</quantity>", "", 0),
    ],
)
def test_what_a_variation_does_not_say_is_the_products(
    product: str, variation: str, quantity: int | None
) -> None:
    variations = f"<variation><variationid>v</variationid>{variation}</variation>"
    item = read_one(f"{product}<variations>{variations}</variations>")
    assert [v.quantity for v in item.variations] == [quantity]


@pytest.mark.parametrize(
    ("first", "second", "total"),
    [
        ("<quantity>3</quantity>", "<quantity>4</quantity>", 7),
        ("<quantity>3</quantity>", "<availability>In stock</availability>", None),
    ],
)
def test_a_product_that_only_its_variations_speak_for(
    first: str, second: str, total: int | None
) -> None:
    item = read_one(
        f"<variations><variation><variationid>v</variationid>{first}</variation>"
        f"<variation><variationid>w</variationid>{second}</variation></variations>"
    )
    assert item.quantity == total


def test_markup_inside_a_text_and_blanks_around_it_are_nothing() -> None:
    item = read_one("<name>\n  Καφές <b>ελληνικός</b> 500g </name><quantity> 4 </quantity>")
    assert (item.name, item.quantity) == ("Καφές ελληνικός 500g", 4)


def test_what_looks_like_a_field_elsewhere_is_not_one() -> None:
    item = read_one(
        "<quantity>4</quantity><supplier><id>z</id><quantity>99</quantity>"
        "<address><id>y</id></address></supplier>"
        "<variations><variation><variationid>v</variationid><quantity>1</quantity>"
        "<warehouse><quantity>77</quantity></warehouse></variation><quantity>55</quantity></variations>"
    )
    assert (item.id, item.quantity, item.variations[0].quantity) == ("a", 4, 1)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"", "line 1, column 0: no element found"),
        (b'{"products": []}', "line 1, column 0"),
        (b"id;quantity\n1;2\n", "Not well-formed XML at line 1"),
        (b"<html><body>404</body></html>", "no products"),
        (b"<shop>\n<products>\n<product></produkt>", "line 3, column 11"),
        (b"<shop><products><product><id>&nbsp;</id>", "line 1, column 29"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "klingon"),
        (b'<?xml version="1.0" encoding="shift_jis"?><a/>', "cannot be read"),
        (b"<a>" * 40, "deeper than 32"),
        (b'<?xml version="1.0" encoding="utf-8"?><a>\xff</a>', "line 1, column 41"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_feed_is_said_to_be_none(document: bytes, message: str) -> None:
    with pytest.raises(ContractError, match=message) as caught:
        list(read_feed(io.BytesIO(document)))
    assert caught.value.field == "feed"


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE shop>",
        '<!DOCTYPE shop SYSTEM "http://127.0.0.1:9/feed.dtd">',
        '<!DOCTYPE shop [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;">]>',
        '<!DOCTYPE shop [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE shop [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>',
    ],
)
def test_entity_tricks_are_refused(doctype: str) -> None:
    document = f"<?xml version='1.0'?>{doctype}<shop><products/></shop>"
    with pytest.raises(ContractError, match="DOCTYPE"):
        list(read_feed(io.BytesIO(document.encode())))


def test_a_feed_that_breaks_off_says_so_after_its_products() -> None:
    document = b"<shop><products><product><id>a</id><quantity>1</quantity></product><prod"
    found = read_feed(io.BytesIO(document))
    assert next(found) == FeedItem(id="a", name="", quantity=1)
    with pytest.raises(ContractError, match="Not well-formed XML at line 1"):
        next(found)


def test_an_overlong_text_is_a_problem_of_its_product_alone() -> None:
    good = "<product><id>b</id><quantity>1</quantity></product>"
    found = read(f"<product><id>a</id><name>{'ω' * 5000}</name></product>{good}")
    assert found == [
        FeedProblem(line=4, product="a", message="The name is longer than 4000 characters."),
        FeedItem(id="b", name="", quantity=1),
    ]


def test_a_product_of_endless_variations_is_left_out() -> None:
    variation = "<variation><variationid>v</variationid><quantity>1</quantity></variation>"
    (problem,) = read(f"<product><id>a</id><variations>{variation * 2001}</variations></product>")
    assert problem == FeedProblem(
        line=4, product="a", message="There are more than 2000 variations."
    )


class Endless:
    """A feed of so many bytes that is never in memory as a whole, and counts what was read."""

    def __init__(self, length: int) -> None:
        self.length, self.served = length, 0
        self._parts = self._documents()
        self._left = b""

    def _documents(self) -> Iterator[bytes]:
        yield b"<shop><products>"
        filler = "περιγραφή ".encode() * 40
        number = 0
        while self.served < self.length:
            number += 1
            junk = b"<junk><deep>" + filler + b"</deep></junk>"
            yield b"<product><id>%d</id><quantity>3</quantity>%b</product>" % (number, junk) + junk
        yield b"</products></shop>"

    def read(self, size: int, /) -> bytes:
        self._left = self._left or next(self._parts, b"")
        chunk, self._left = self._left[:size], self._left[size:]
        self.served += len(chunk)
        return chunk


def test_memory_does_not_grow_with_the_feed() -> None:
    def peak(length: int) -> int:
        tracemalloc.start()
        try:
            count = sum(isinstance(item, FeedItem) for item in read_feed(Endless(length)))
            assert count > length // 3000
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    small, large = peak(1_000_000), peak(12_000_000)
    assert large < small * 1.2 + 50_000
    assert large < 1_500_000


def test_reading_stops_at_the_size_limit() -> None:
    feed = Endless(50_000_000)
    with pytest.raises(ContractError, match="larger than 1000000 bytes"):
        list(read_feed(feed, max_bytes=1_000_000))
    assert feed.served < 1_200_000
