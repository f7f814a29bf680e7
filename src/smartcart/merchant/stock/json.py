"""Stock from JSON of any shape: where its items are, and where in each what we use is.

A path is keys with dots between: `data.products`. Pages follow one another by a URL in the answer.
"""

import hashlib
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import BinaryIO
from urllib.parse import urljoin, urlsplit

import msgspec
from msgspec import Struct

from smartcart.kit.clock import micros, utc_now
from smartcart.merchant.stock import Count, Counted, Look, SourceUnreadable, count, documents, rows
from smartcart.merchant.stock.downloads import fetched, written

MAX_BYTES = 64 * 1024 * 1024
_MOST_PAGES = 10_000


class Mapped(Struct, frozen=True, kw_only=True):
    """The paths: `items` in the answer, empty for the answer itself, the others in an item.

    With `variations`, a list in the item, the variation's id and its pieces are looked for there
    alone, its price and weight there first. Empty paths are of what is not told.
    """

    items: str = ""
    variations: str = ""
    shop_uid: str = "shop_uid"
    variation: str = "shop_variation_uid"
    quantity: str = "quantity"
    price: str = "price"
    weight: str = "weight"
    next: str = ""

    def products(self, file: BinaryIO) -> Iterator[Counted | str]:
        """See `Products`."""
        data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise SourceUnreadable(f"it is larger than {MAX_BYTES} bytes")
        yield from self.counted(decoded(data))

    def counted(self, document: object) -> Iterator[Counted | str]:
        """The products of one answer; raises `SourceUnreadable` where it has no list of them."""
        items = _at(document, self.items)
        if not isinstance(items, list):
            where = f"at {self.items}" if self.items else "in it"
            raise SourceUnreadable(f"there is no list {where}; set items to where the products are")
        for number, item in enumerate(items, 1):
            yield from self._of_item(item, f"item {number}")

    def following(self, document: object) -> str:
        """Where the next page is; empty after the last."""
        found = _at(document, self.next) if self.next else None
        return found if isinstance(found, str) else ""

    def _of_item(self, item: object, where: str) -> Iterator[Counted | str]:
        product = self._cells(item)
        if not self.variations:
            yield from rows.counted(product, where)
            return
        variations = _at(item, self.variations)
        if not isinstance(variations, list) or not variations:
            # Product and variation may call their ids alike: here it is the product's.
            yield from rows.counted(product | {"shop_variation_uid": ""}, where)
            return
        for variation in variations:
            own = self._cells(variation)
            also = {name: own[name] or product[name] for name in ("price", "weight")}
            yield from rows.counted(own | also | {"shop_uid": product["shop_uid"]}, where)

    def _cells(self, item: object) -> dict[str, str]:
        paths = {
            "shop_uid": self.shop_uid,
            "shop_variation_uid": self.variation,
            "quantity": self.quantity,
            "price": self.price,
            "weight": self.weight,
        }
        return {name: rows.text(_at(item, path)) if path else "" for name, path in paths.items()}


@dataclass(slots=True)
class JsonEndpoint:
    """See `StockSource`. A look asks for every page; what it says is so when it was asked."""

    name: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    mapped: Mapped
    within: float
    private: bool = False
    _pages: list[bytes] = field(default_factory=list, init=False, repr=False)

    @property
    def comes_whole(self) -> bool:
        return True

    def look(self) -> Look:
        asked, digest = micros(utc_now()), hashlib.sha256()
        pages, oldest = [], None
        for page, modified in self._asked():
            pages.append(page)
            digest.update(hashlib.sha256(page).digest())
            oldest = min(modified, oldest or modified) if modified is not None else oldest
        self._pages = pages
        as_of = asked if oldest is None else oldest
        return Look(digest.hexdigest(), as_of, as_of)

    def read(self) -> Count:
        return count(self._products(self._pages))

    def _products(self, pages: Iterable[bytes]) -> Iterator[Counted | str]:
        for page in pages:
            yield from self.mapped.counted(decoded(page))

    def _asked(self) -> Iterator[tuple[bytes, int | None]]:
        """Each page, and when its server says it was written."""
        url, seen, left = self.url, set[str](), MAX_BYTES
        until = time.monotonic() + self.within
        while url:
            if url in seen or len(seen) == _MOST_PAGES:
                raise SourceUnreadable(f"{self.name}: its pages lead round in a circle")
            seen.add(url)
            file, headers = BytesIO(), {"Accept": "application/json", **self.headers}
            seconds = max(0.1, until - time.monotonic())
            reply = fetched(url, file, headers, left, seconds, private=self.private)
            page = _content(file, left + 1)
            left -= len(page)
            if left < 0:
                raise SourceUnreadable(f"{self.name}: it is larger than {MAX_BYTES} bytes")
            yield page, written(reply)
            url = self._next(url, page)

    def _next(self, url: str, page: bytes) -> str:
        """On the same server alone, for the headers may hold a secret."""
        following = self.mapped.following(decoded(page)) if self.mapped.next else ""
        target = urljoin(url, following) if following else ""
        if target and urlsplit(target)[:2] != urlsplit(url)[:2]:
            raise SourceUnreadable(f"{self.name}: its next page is on another server")
        return target


def _content(file: BinaryIO, size: int) -> bytes:
    file.seek(0)
    try:
        return documents.unpacked(file).read(size)
    except (EOFError, OSError, zlib.error) as error:
        raise SourceUnreadable(f"it is packed, and broken ({error})") from error


def decoded(data: bytes) -> object:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise SourceUnreadable(f"it is no JSON ({error})") from error


def _at(document: object, path: str) -> object:
    found = document
    for key in path.split(".") if path else ():
        found = found.get(key) if isinstance(found, dict) else None
    return found
