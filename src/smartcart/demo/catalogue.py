"""A small shop's goods, of our own invention: what it tells the marketplace, and what it has.

The two differ on purpose. The product feed is what the marketplace offers; the stock list is what
stands on the shelf. Where the shelf has less, an order comes out short.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree import ElementTree


class Sku(NamedTuple):
    """A product of the shop, or one variation of it."""

    shop_uid: str
    shop_variation_uid: str = ""

    @property
    def text(self) -> str:
        """`uid` or `uid/variation`."""
        return "/".join(filter(None, self))


@dataclass(frozen=True, slots=True)
class Size:
    """A variation by size: how many are offered, and how many are there."""

    value: str
    offered: int
    shelf: int


@dataclass(frozen=True, slots=True)
class Product:
    """`shelf` None: the shop's stock list does not mention it at all."""

    uid: str
    name: str
    cents: int
    offered: int = 0
    shelf: int | None = 0
    sizes: tuple[Size, ...] = ()

    def variation(self, size: Size) -> str:
        return f"{self.uid}-{size.value}"


PRODUCTS = (
    Product("ELA-3L", "Ελαιόλαδο εξαιρετικό παρθένο, δοχείο 3 L", 34_90, 24, 24),
    Product("MEL-950", "Μέλι θυμαρίσιο, βάζο 950 g", 18_50, 12, 3),
    Product("MAS-50", "Μαστίχα χοντρή, κουτί 50 g", 14_20, 18, 18),
    Product("KAF-500", "Καφές ελληνικός φρεσκοκομμένος, 500 g", 7_80, 40, 40),
    Product("RIG-120", "Ρίγανη βουνού σε κλωνάρια, 120 g", 4_60, 30, 30),
    Product("SAP-4", "Σαπούνι ελαιολάδου, 4 τεμάχια", 6_40, 36, 36),
    Product("KOU-M", "Κούπα κεραμική μπλε, 300 ml", 9_90, 16, 6),
    Product("SAN-38", "Σανίδα κοπής από ξύλο ελιάς, 38 cm", 27_50, 10, 10),
    Product("TSA-Y", "Τσάντα αγοράς υφαντή", 22_00, 14, 14),
    Product("TAV-47", "Τάβλι καρυδιάς, 47 cm", 89_00, 5, 1),
    Product("BRI-4", "Μπρίκι χάλκινο, 4 φλιτζάνια", 23_80, 8, 0),
    Product(
        "KAL-MAL",
        "Κάλτσες μάλλινες πλεκτές",
        11_90,
        sizes=(Size("36-38", 12, 12), Size("39-41", 12, 12), Size("42-44", 12, 4)),
    ),
    Product("KAN-1L", "Κανάτι φυσητό γυαλί, 1 L", 31_00, 6, None),
)

CSV_COLUMNS = ("shop_uid", "shop_variation_uid", "quantity")


def feed() -> bytes:
    """The product feed (contract §7), as the marketplace loads it."""
    root = ElementTree.Element("perivoli")
    products = ElementTree.SubElement(root, "products")
    for product in PRODUCTS:
        _add(products, product)
    ElementTree.indent(root)
    written = io.BytesIO()
    ElementTree.ElementTree(root).write(written, encoding="utf-8", xml_declaration=True)
    return written.getvalue()


def shelf() -> dict[Sku, int]:
    """What the shop has when it opens. What it does not know of is not in it."""
    return dict(_shelf())


def stock_list(quantities: Mapping[Sku, int]) -> bytes:
    """The shop's stock as the CSV file it reads."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(CSV_COLUMNS)
    writer.writerows((*sku, quantity) for sku, quantity in quantities.items())
    return text.getvalue().encode()


def names() -> dict[Sku, str]:
    """What each SKU is called, with its size."""
    return {sku: _name(product, size) for sku, product, size in _skus(PRODUCTS)}


def _shelf() -> Iterator[tuple[Sku, int]]:
    for sku, product, size in _skus(PRODUCTS):
        there = size.shelf if size else product.shelf
        if there is not None:
            yield sku, there


def _skus(products: Iterable[Product]) -> Iterator[tuple[Sku, Product, Size | None]]:
    for product in products:
        if not product.sizes:
            yield Sku(product.uid), product, None
        for size in product.sizes:
            yield Sku(product.uid, product.variation(size)), product, size


def _name(product: Product, size: Size | None) -> str:
    return f"{product.name}, {size.value}" if size else product.name


def _add(parent: ElementTree.Element, product: Product) -> None:
    element = _child(parent, "product", "")
    _child(element, "id", product.uid)
    _child(element, "name", product.name)
    _child(element, "price_with_vat", _euros(product.cents))
    _child(element, "availability", "Άμεσα διαθέσιμο")
    if not product.sizes:
        _child(element, "quantity", str(product.offered))
        return
    _child(element, "size", ",".join(size.value for size in product.sizes))
    variations = _child(element, "variations", "")
    for size in product.sizes:
        variation = _child(variations, "variation", "")
        _child(variation, "variationid", product.variation(size))
        _child(variation, "size", size.value)
        _child(variation, "quantity", str(size.offered))


def _child(parent: ElementTree.Element, tag: str, text: str) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, tag)
    element.text = text or None
    return element


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"
