"""Load a merchant's offers from its product feed."""

import asyncio
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from smartcart.contract import ContractError
from smartcart.contract.feed import FeedItem, read_feed
from smartcart.kit.clock import micros, utc_now
from smartcart.kit.database import Database, WriteSet
from smartcart.marketplace.domain import catalogue
from smartcart.marketplace.domain.catalogue import Offer
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.storage import offers

_AT_ONCE = 200
_MOST_PROBLEMS = 50


class Loaded(Struct):
    """How a load went: what is offered now, and the products that were left out and why."""

    offers: int = 0
    left_out: int = 0
    problems: list[str] = []


async def load(database: Database, merchant: Merchant, feed: Path) -> Loaded:
    """Replace the merchant's offers by those of the feed.

    Raises `ContractError` for a file that is not a whole feed; then the offers stay as they are.
    """
    await check(feed)
    loaded, stamp = Loaded(), micros(utc_now())
    with feed.open("rb") as file:
        found = _offers(file, merchant, loaded)
        while page := await asyncio.to_thread(lambda: list(islice(found, _AT_ONCE))):
            saved = tuple(offers.saved(offer, stamp) for offer in page)
            await database.commit(WriteSet(effects=saved))
            loaded.offers += len(page)
    await database.commit(WriteSet(effects=(offers.older_deleted(merchant.id, stamp),)))
    return loaded


async def check(feed: Path) -> None:
    """Raise `ContractError` unless the file is a whole feed."""
    await asyncio.to_thread(_read_to_the_end, feed)


def _read_to_the_end(feed: Path) -> None:
    with feed.open("rb") as file:
        for _ in read_feed(file):
            pass


def _offers(file: BinaryIO, merchant: Merchant, loaded: Loaded) -> Iterator[Offer]:
    for found in read_feed(file):
        if not isinstance(found, FeedItem):
            _leave_out(loaded, f"line {found.line}: {found.message}")
            continue
        try:
            yield from catalogue.offers(found, merchant.id, merchant.commission_basis_points)
        except ContractError as error:
            _leave_out(loaded, f"product '{found.id}': {error.message}")


def _leave_out(loaded: Loaded, why: str) -> None:
    loaded.left_out += 1
    if len(loaded.problems) < _MOST_PROBLEMS:
        loaded.problems.append(why)
