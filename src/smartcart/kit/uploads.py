"""A file in a multipart body (RFC 7578), received as it comes.

Whatever is sent, memory holds a piece of it; what is longer lies in a temporary file without a
name, which ends with the program too.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import SpooledTemporaryFile
from typing import IO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

_IN_MEMORY = 256 * 1024
_BESIDE_THE_FILE = 64 * 1024
_DRAINED = 8
_NAMED_AS_FILE = re.compile(rb";\s*filename(\*\d*)*\s*=", re.IGNORECASE)
_TEXT = (b"", b"text/plain")


class UploadRefused(Exception):
    """There is no file to take. Where `cut_off`, the body goes on, and nobody will read it."""

    cut_off = False


class NoUpload(UploadRefused):
    """The body holds no such file, or more than one, or is no whole multipart body."""


class UploadTooLarge(UploadRefused):
    """The file is longer than it may be."""


@asynccontextmanager
async def received(request: Request, field: str, most_bytes: int) -> AsyncIterator[IO[bytes]]:
    """The one file of `field`, from its beginning: 1 to `most_bytes` bytes. Raises `UploadRefused`.

    Other fields are passed over, up to 64 KiB in all. When the file is refused, what still comes
    is read and thrown away, up to eight times `most_bytes`: a sender that is cut off while it sends
    may never see the answer.
    """
    chunks = request.stream()
    with SpooledTemporaryFile(_IN_MEMORY) as kept:
        try:
            await _receive(chunks, Form(_boundary(request), field, most_bytes), kept)
        except UploadRefused as refusal:
            refusal.cut_off = not await _drain(chunks, most_bytes * _DRAINED)
            raise
        kept.seek(0)
        yield kept


async def _receive(chunks: AsyncIterator[bytes], form: "Form", kept: IO[bytes]) -> None:
    try:
        async for chunk in chunks:
            form.feed(chunk)
            if len(form.content) >= _IN_MEMORY:
                await asyncio.to_thread(kept.write, form.content)
                form.content.clear()
    except ClientDisconnect as gone:
        raise NoUpload("the sender hung up") from gone
    form.end()
    await asyncio.to_thread(kept.write, form.content)


async def _drain(chunks: AsyncIterator[bytes], most_bytes: int) -> bool:
    """Whether it came to its end."""
    left = most_bytes
    try:
        async for chunk in chunks:
            left -= len(chunk)
            if left < 0:
                return False
    except ClientDisconnect:
        pass
    return True


def _boundary(request: Request) -> bytes:
    media_type, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary", b"")
    if media_type != b"multipart/form-data" or not boundary:
        raise NoUpload("the body is not multipart/form-data with a boundary")
    return boundary


class Form:
    """The parts of a multipart body, of which the file of `field` is kept and nothing else.

    What came of it since its owner last emptied it is in `content`. A part without a file name is a
    file nevertheless when it says that it is no text. One without content, as browsers send for a
    choice that was not made, is none.
    """

    def __init__(self, boundary: bytes, field: str, most_bytes: int) -> None:
        self.content = bytearray()
        self._field = field.encode()
        self._most_bytes = most_bytes
        self._fed = self._size = 0
        self._name, self._value = bytearray(), bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._is_file = self._was_file = self._ended = False
        try:
            self._parser = self._parser_of(boundary)
        except FormParserError as error:
            raise NoUpload(str(error)) from error

    def _parser_of(self, boundary: bytes) -> MultipartParser:
        return MultipartParser(
            boundary,
            {
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
        )

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the body, cut anywhere. Raises `UploadRefused`."""
        self._fed += len(chunk)
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise NoUpload(str(error)) from error
        if self._fed - self._size > _BESIDE_THE_FILE:
            raise NoUpload("there is too much beside the file")

    def end(self) -> None:
        """The body is over. Raises `NoUpload` unless it was whole, with a file in it."""
        if not self._ended:
            raise NoUpload("the body ends before its last boundary")
        if not self._size:
            raise NoUpload("there is no such file, or it is empty")

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[bytes(self._name).lower()] = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _on_headers_finished(self) -> None:
        disposition = self._headers.get(b"content-disposition", b"")
        media_type, _ = parse_options_header(self._headers.get(b"content-type"))
        _, options = parse_options_header(disposition)
        may_be_file = _NAMED_AS_FILE.search(disposition) or media_type not in _TEXT
        self._is_file = options.get(b"name") == self._field and bool(may_be_file)
        self._headers.clear()

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if not self._is_file:
            return
        if self._was_file:
            raise NoUpload("there is more than one")
        self._size += end - start
        if self._size > self._most_bytes:
            raise UploadTooLarge(f"the file has more than {self._most_bytes} bytes")
        self.content += data[start:end]

    def _on_part_end(self) -> None:
        self._was_file = self._size > 0
        self._is_file = False

    def _on_end(self) -> None:
        self._ended = True
