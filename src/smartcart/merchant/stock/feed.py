"""Stock from the product feed that every shop already publishes (contract §7)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from smartcart.contract import ContractError
from smartcart.contract.feed import FeedItem, FeedProblem, read_feed
from smartcart.merchant.domain.skus import Sku
from smartcart.merchant.stock import Count, Counted, SourceUnreadable, count, files


@dataclass(frozen=True, slots=True)
class FeedFile:
    """See `StockSource`. A product with variations is in stock as its variations alone."""

    path: Path

    @property
    def name(self) -> str:
        return f"feed {self.path}"

    def fingerprint(self) -> str:
        return files.fingerprint(self.path)

    def read(self) -> Count:
        try:
            return count(self._products())
        except OSError as error:
            raise files.unreadable(self.path, error) from error
        except ContractError as error:
            raise SourceUnreadable(f"{self.path}: {error.message}") from error

    def _products(self) -> Iterator[Counted | str]:
        with self.path.open("rb") as file:
            for found in read_feed(file):
                if isinstance(found, FeedProblem):
                    yield f"line {found.line}, product '{found.product}': {found.message}"
                else:
                    yield from _counted(found)


def _counted(item: FeedItem) -> Iterator[Counted]:
    for variation in item.variations:
        yield Counted(Sku(item.id, variation.id), variation.quantity)
    if not item.variations:
        yield Counted(Sku(item.id), item.quantity)
