"""Stock from the product feed that every shop already publishes (contract §7)."""

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from typing import BinaryIO

from smartcart.contract import ContractError, to_cents
from smartcart.contract.feed import FeedItem, FeedProblem, read_feed
from smartcart.merchant.domain.skus import Sku
from smartcart.merchant.stock import Counted, SourceUnreadable, documents


def products(file: BinaryIO) -> Iterator[Counted | str]:
    """See `Products`. A product with variations is in stock as its variations alone."""
    documents.require_text(file, "feed")
    try:
        for found in read_feed(file):
            if isinstance(found, FeedProblem):
                yield f"line {found.line}, product '{found.product}': {found.message}"
            else:
                yield from _counted(found)
    except ContractError as error:
        raise SourceUnreadable(error.message) from error


def _counted(item: FeedItem) -> Iterator[Counted]:
    for one in item.variations:
        yield Counted(Sku(item.id, one.id), one.quantity, _cents(one.price), one.grams)
    if not item.variations:
        yield Counted(Sku(item.id), item.quantity, _cents(item.price), item.grams)


def _cents(price: Decimal | None) -> int | None:
    with suppress(ContractError):  # a sum that no product costs
        return None if price is None else to_cents(round(price, 2))
    return None
