"""Documents at a URL, fetched through the guard and again only when they have changed."""

import asyncio
import hashlib
import os
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from tempfile import TemporaryFile
from typing import BinaryIO

from smartcart.kit.clock import micros, utc_now
from smartcart.kit.egress import (
    NOT_MODIFIED,
    Failure,
    FailureKind,
    Reply,
    download,
    open_session,
)
from smartcart.merchant.stock import Look, SourceUnreadable
from smartcart.merchant.stock.settings import without_secrets

_CHUNK = 1024 * 1024
_ASKS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}


class Kept:
    """What a file without a name holds, for as long as this object is there."""

    def __init__(self, file: BinaryIO) -> None:
        file.flush()
        self._descriptor = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._descriptor)

    def open(self) -> BinaryIO:
        """It from its beginning; one reader at a time."""
        file = os.fdopen(os.dup(self._descriptor), "rb")
        file.seek(0)
        return file


@dataclass(slots=True)
class Download:
    """See `Origin`. A look is a request; what came is kept in a temporary file until the next.

    The age is told by `Last-Modified`. With an `ETag` or that, the document is not sent again
    before it changes. `private` opens the shop's own network, and this machine, to the request.
    """

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    max_bytes: int
    within: float
    private: bool = False
    _kept: Kept | None = field(default=None, init=False)
    _found: Look | None = field(default=None, init=False)
    _unless: dict[str, str] = field(default_factory=dict, init=False)

    @property
    def name(self) -> str:
        return without_secrets(self.url)

    @property
    def comes_whole(self) -> bool:
        return True

    def look(self) -> Look:
        with TemporaryFile() as file:
            found = self._fetched(file)
            if found is not self._found:
                self._kept, self._found = Kept(file), found
        return found

    def open(self) -> BinaryIO:
        """What came at the last look; it stays when this is closed."""
        if self._kept is None:
            raise SourceUnreadable("nothing came yet")
        return self._kept.open()

    def _fetched(self, file: BinaryIO) -> Look:
        asking = dict(self.headers) | self._unless
        reply = fetched(self.url, file, asking, self.max_bytes, self.within, private=self.private)
        if reply.status == NOT_MODIFIED:
            if self._found is None:
                raise SourceUnreadable(f"{self.name}: says that nothing has changed since never")
            return self._found
        self._unless = {
            asks: reply.headers[told] for told, asks in _ASKS.items() if told in reply.headers
        }
        as_of = written(reply)
        return Look(_digest(file), as_of, as_of)


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(_CHUNK):
        digest.update(piece)
    return digest.hexdigest()


def fetched(
    url: str,
    into: BinaryIO,
    headers: Mapping[str, str],
    max_bytes: int,
    within: float,
    *,
    private: bool,
) -> Reply:
    """One document, on an event loop of its own: it is called in a thread."""
    name = without_secrets(url)
    try:
        reply = asyncio.run(_fetch(url, into, headers, max_bytes, within, private))
    except (OSError, ValueError) as error:  # no room for it, or headers that cannot be written
        raise SourceUnreadable(f"{name}: {error}") from error
    if isinstance(reply, Failure):
        raise SourceUnreadable(f"{name}: {reply.detail}{_REMEDIES.get(_kind(reply), '')}")
    return reply


async def _fetch(
    url: str,
    into: BinaryIO,
    headers: Mapping[str, str],
    max_bytes: int,
    within: float,
    private: bool,
) -> Reply | Failure:
    async with open_session(private, connections=1) as session:
        return await download(
            session, url, into, headers=headers, max_bytes=max_bytes, within=within
        )


def written(reply: Reply) -> int | None:
    """When the document was last written, by its server's own account.

    Its age is told by its server's clock alone, which may be wrong.
    """
    modified, sent = (_moment(reply.headers.get(name, "")) for name in ("last-modified", "date"))
    if modified is None:
        return None
    now = utc_now()
    return micros(now - max((sent or now) - modified, timedelta()))


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


_REMEDIES: Mapping[object, str] = {
    401: "; give it headers that let it in",
    403: "; give it headers that let it in",
    404: "; check the URL",
    FailureKind.REFUSED_ADDRESS: "; or set private_network = true for a source of your own network",
}


def _kind(failure: Failure) -> object:
    return failure.status if failure.kind is FailureKind.STATUS else failure.kind
