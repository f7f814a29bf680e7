"""Reading the product feed that every shop already publishes (contract §7).

A feed is an XML file of any size: a root element of any name, and `products/product` in it. It is
read as a stream in constant memory; whatever in it we do not use is skipped.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol
from xml.sax import SAXException, SAXParseException

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from smartcart.contract.errors import ContractError
from smartcart.contract.feed_elements import Element, ElementCollector
from smartcart.contract.feed_values import is_available, parse_count, parse_grams, parse_price

__all__ = ["MAX_FEED_BYTES", "FeedItem", "FeedProblem", "FeedVariation", "read_feed"]

MAX_FEED_BYTES = 512 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024


class Readable(Protocol):
    """A file open in binary mode, or whatever else gives bytes piece by piece."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


@dataclass(frozen=True, slots=True)
class FeedVariation:
    """One size of a product. What it does not say itself is the product's."""

    id: str
    """`line_items[].shop_variation_uid` of an order."""
    quantity: int | None
    """Pieces, or `None`: available, count unknown."""
    price: Decimal | None = None
    """Euros with VAT."""
    size: str = ""
    ean: str = ""
    mpn: str = ""
    grams: int | None = None


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One product."""

    id: str
    """`line_items[].shop_uid` of an order."""
    name: str
    quantity: int | None
    """Pieces, or `None`: available, count unknown."""
    price: Decimal | None = None
    """Euros with VAT; `None` when the feed gives none."""
    ean: str = ""
    mpn: str = ""
    size: str = ""
    """All sizes, joined by commas, as the feed has them."""
    variations: tuple[FeedVariation, ...] = ()
    grams: int | None = None
    """What a piece weighs; `None` when the feed does not say, or says it in no way we know."""


@dataclass(frozen=True, slots=True)
class FeedProblem:
    """A product, or one of its variations, that was left out, and why."""

    line: int
    """Line of the file on which it begins."""
    product: str
    """Its id, or the variation's, or its name; empty when it has none of them."""
    message: str


def read_feed(file: Readable, max_bytes: int = MAX_FEED_BYTES) -> Iterator[FeedItem | FeedProblem]:
    """The products of a feed in the order of the file, and what was wrong with those left out.

    Where a product has no `quantity`, its `availability` decides: sold out is 0, anything else is
    `None`. Raises `ContractError` naming the line when the file is no XML, breaks off, has a
    document type declaration, has no `products`, or exceeds `max_bytes`. That may be after many
    products were given: a caller who replaces a stock by the feed's must not do so before the end.
    """
    collector = ElementCollector()
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(collector)
    collector.setDocumentLocator(parser)
    for chunk in _chunks(file, max_bytes):
        _advance(parser, chunk)
        for product in collector.take():
            yield from _read_product(product)
    _advance(parser, b"")
    if not collector.found:
        raise ContractError("feed", "The file has no products element; is it a product feed?")


def _chunks(file: Readable, max_bytes: int) -> Iterator[bytes]:
    left = max_bytes
    while chunk := file.read(_CHUNK_BYTES):
        left -= len(chunk)
        if left < 0:
            raise ContractError("feed", f"The file is larger than {max_bytes} bytes.")
        yield chunk


def _advance(parser: DefusedExpatParser, chunk: bytes) -> None:
    """Parse a chunk, or the end of the file when it is empty."""
    try:
        parser.feed(chunk, isFinal=not chunk)
    except ContractError:
        raise
    except SAXParseException as error:
        where = f"line {error.getLineNumber()}, column {error.getColumnNumber()}"
        raise ContractError(
            "feed", f"Not well-formed XML at {where}: {error.getMessage()}."
        ) from error
    except DefusedXmlException as error:
        raise ContractError(
            "feed", "The file declares a document type or entities; publish it without <!DOCTYPE>."
        ) from error
    except (SAXException, LookupError, ValueError) as error:
        raise ContractError("feed", f"The file cannot be read as XML: {error}.") from error


def _read_product(product: Element) -> Iterator[FeedItem | FeedProblem]:
    """The product, after a problem for each variation it had to be given without."""
    try:
        item = _item(product)
    except ValueError as error:
        yield FeedProblem(product.line, product.text("id", "uid", "name"), f"{error}.")
        return
    variations = []
    for element in product.variations:
        try:
            variations.append(_variation(element, product))
        except ValueError as error:
            yield FeedProblem(element.line, element.text("variationid"), f"{error}.")
    quantity = item.quantity if _states_stock(product) else _total(variations)
    yield replace(item, quantity=quantity, variations=tuple(variations))


def _item(product: Element) -> FeedItem:
    return FeedItem(
        id=_id(product, "id", "uid"),
        name=product.text("name"),
        quantity=_quantity(product, product) if _states_stock(product) else None,
        price=_price(product),
        ean=product.text("ean"),
        mpn=product.text("mpn"),
        size=product.text("size"),
        grams=_grams(product),
    )


def _variation(variation: Element, product: Element) -> FeedVariation:
    return FeedVariation(
        id=_id(variation, "variationid"),
        quantity=_quantity(variation, product),
        price=_price(variation, product),
        size=variation.text("size"),
        ean=variation.text("ean"),
        mpn=variation.text("manufacturersku", "mpn"),
        grams=_grams(variation, product),
    )


def _id(element: Element, *names: str) -> str:
    if element.too_much:
        raise ValueError(element.too_much)
    found = element.text(*names)
    if not found:
        raise ValueError(f"There is no {' or '.join(names)}")
    return found


def _price(*elements: Element) -> Decimal | None:
    """The price of the first element that has one."""
    prices = (parse_price(text) for e in elements if (text := e.text("price_with_vat")))
    return next(prices, None)


def _grams(*elements: Element) -> int | None:
    """The weight of the first element that has one. A strange one is no reason to leave it out."""
    for weight in (text for e in elements if (text := e.text("weight"))):
        with suppress(ValueError):
            return parse_grams(weight)
    return None


def _states_stock(product: Element) -> bool:
    """Whether the product speaks for itself; one that only its variations speak for need not."""
    return not product.variations or bool(product.text("quantity", "availability"))


def _total(variations: list[FeedVariation]) -> int | None:
    counts = [variation.quantity for variation in variations]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _quantity(element: Element, product: Element) -> int | None:
    """What the element says of itself, else what the product says of all its variations."""
    if own := element.text("quantity"):
        return parse_count(own)
    if availability := element.text("availability") or product.text("availability"):
        return None if is_available(availability) else 0
    if of_all := product.text("quantity"):
        return None if parse_count(of_all) else 0
    raise ValueError("There is neither quantity nor availability")
