"""An invoice file on its way into a multipart body: where it comes from, and what goes around it.

Files are read in pieces and never held whole, unless they were given as bytes.
"""

import asyncio
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Generic, Self, TypeVar

from smartcart.contract.vocabulary import MAX_INVOICE_BYTES

InvoiceFile = str | os.PathLike[str] | bytes | BinaryIO
"""A path, the content itself, or an open binary stream, which is read from where it stands."""

AsyncInvoiceFile = InvoiceFile | AsyncIterable[bytes]
"""The same, or whatever gives the content in pieces."""

FIELD = "invoice_file"
_PIECE = 64 * 1024
_MEGABYTE = 1024 * 1024
_STARTS = {
    b"%PDF-": ("application/pdf", "invoice.pdf"),
    b"\x89PNG\r\n\x1a\n": ("image/png", "invoice.png"),
    b"\xff\xd8\xff": ("image/jpeg", "invoice.jpg"),
}
_UNKNOWN = ("application/octet-stream", "invoice")

Pieces = TypeVar("Pieces", bound=Iterator[bytes] | AsyncIterator[bytes])


@dataclass(frozen=True, slots=True)
class Source(Generic[Pieces]):
    """A file to upload. `pieces` begins to read it, again each time if it is `repeatable`.

    `name` is empty and `size`, in bytes, None when they are not known beforehand.
    """

    name: str
    size: int | None
    repeatable: bool
    pieces: Callable[[], Pieces]


def source_of(file: InvoiceFile) -> Source[Iterator[bytes]]:
    """Raises `ValueError` for a file that is empty or too large, `OSError` for one that is not."""
    if isinstance(file, bytes):
        return _checked(Source("", len(file), True, lambda: _cut(file)))
    if isinstance(file, str | os.PathLike):
        path = Path(file)
        return _checked(Source(path.name, path.stat().st_size, True, lambda: _read_file(path)))
    if not file.seekable():
        return Source("", None, False, lambda: _read(file))
    start = file.tell()
    size = file.seek(0, os.SEEK_END) - start
    file.seek(start)
    return _checked(Source("", size, True, lambda: _read_from(file, start)))


async def async_source_of(file: AsyncInvoiceFile) -> Source[AsyncIterator[bytes]]:
    """The same for a running event loop, which no reading holds up."""
    if isinstance(file, AsyncIterable):
        return Source("", None, False, lambda: _received(file))
    source = await asyncio.to_thread(source_of, file)
    pieces = source.pieces
    return Source(source.name, source.size, source.repeatable, lambda: _in_threads(pieces()))


def _checked(source: Source[Iterator[bytes]]) -> Source[Iterator[bytes]]:
    if source.size == 0:
        raise _empty()
    if source.size is not None and source.size > MAX_INVOICE_BYTES:
        raise _too_large(f"it has {source.size:,} bytes")
    return source


def _empty() -> ValueError:
    return ValueError("file: it is empty; give a PDF, PNG or JPEG")


def _too_large(what: str) -> ValueError:
    limit = f"{MAX_INVOICE_BYTES // _MEGABYTE} MB ({MAX_INVOICE_BYTES:,} bytes)"
    return ValueError(f"file: {what}; at most {limit} are taken")


def _cut(content: bytes) -> Iterator[bytes]:
    return (content[at : at + _PIECE] for at in range(0, len(content), _PIECE))


def _read_file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        yield from _read(stream)


def _read_from(stream: BinaryIO, start: int) -> Iterator[bytes]:
    stream.seek(start)
    yield from _read(stream)


def _read(stream: BinaryIO) -> Iterator[bytes]:
    """In pieces of one size, however little the stream gives at a time."""
    taken = bytearray()
    while read := _binary(stream.read(_PIECE - len(taken))):
        taken += read
        if len(taken) >= _PIECE:
            yield bytes(taken)
            taken.clear()
    if taken:
        yield bytes(taken)


def _binary(piece: object) -> bytes:
    if not isinstance(piece, bytes | bytearray | memoryview):
        raise ValueError(f"file: it gives {type(piece).__name__}, not bytes; open it in mode 'rb'")
    return bytes(piece)


async def _received(pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    async for piece in pieces:
        if content := _binary(piece):
            yield content


async def _in_threads(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(next, pieces, b""):
        yield piece


class Form:
    """One attempt to send a file: the multipart body, and what went wrong with the file meanwhile.

    `error` is what the source raised; transports only tell that the connection broke. The body
    then ends short of its closing boundary, so no receiver can take it for whole.
    """

    def __init__(self, first: bytes, size: int | None, name: str, boundary: str) -> None:
        if not first:
            raise _empty()
        media_type, usual_name = _told_by(first)
        self.error: Exception | None = None
        self._first = first
        self._size = size
        self._taken = 0
        self._boundary = boundary
        self._head = _head(boundary, name or usual_name, media_type)
        self._tail = f"\r\n--{boundary}--\r\n".encode()

    @classmethod
    def begin(
        cls, source: Source[Iterator[bytes]], name: str | None, boundary: str
    ) -> tuple[Self, Iterator[bytes]]:
        """The form and its body. Raises what the source raises for its first piece."""
        pieces = source.pieces()
        form = cls(next(pieces, b""), source.size, name or source.name, boundary)
        return form, form._body(pieces)

    @classmethod
    async def begin_async(
        cls, source: Source[AsyncIterator[bytes]], name: str | None, boundary: str
    ) -> tuple[Self, AsyncIterator[bytes]]:
        """The same for a running event loop."""
        pieces = source.pieces()
        form = cls(await anext(pieces, b""), source.size, name or source.name, boundary)
        return form, form._async_body(pieces)

    @property
    def headers(self) -> dict[str, str]:
        """Without a Content-Length the body goes in chunks."""
        headers = {"Content-Type": f"multipart/form-data; boundary={self._boundary}"}
        if self._size is not None:
            headers["Content-Length"] = str(len(self._head) + self._size + len(self._tail))
        return headers

    def _body(self, rest: Iterable[bytes]) -> Iterator[bytes]:
        yield self._head
        try:
            for piece in chain([self._first], rest):
                yield self._counted(piece)
            self._ended()
        except Exception as error:
            self.error = error
            raise
        yield self._tail

    async def _async_body(self, rest: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        yield self._head
        try:
            yield self._counted(self._first)
            async for piece in rest:
                yield self._counted(piece)
            self._ended()
        except Exception as error:
            self.error = error
            raise
        yield self._tail

    def _counted(self, piece: bytes) -> bytes:
        self._taken += len(piece)
        if self._size is None and self._taken > MAX_INVOICE_BYTES:
            raise _too_large("it goes on and on")
        if self._size is not None and self._taken > self._size:
            raise ValueError(f"file: it grew beyond its {self._size:,} bytes while it was sent")
        return piece

    def _ended(self) -> None:
        if self._size is not None and self._taken < self._size:
            raise ValueError(f"file: it shrank below its {self._size:,} bytes while it was sent")


def _told_by(first: bytes) -> tuple[str, str]:
    """Media type and usual name, by how the content begins; the marketplace is the judge of it."""
    known = (told for start, told in _STARTS.items() if first.startswith(start))
    return next(known, _UNKNOWN)


def _head(boundary: str, name: str, media_type: str) -> bytes:
    # As browsers write it (WHATWG HTML, multipart/form-data encoding).
    escaped = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    return (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{FIELD}"; filename="{escaped}"\r\n'
        f"Content-Type: {media_type}\r\n\r\n"
    ).encode(errors="replace")
