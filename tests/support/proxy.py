"""A TCP proxy that can break a connection at a chosen moment."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

Watch = Callable[[bytes], bool]
"""Looks at what a client sends, chunk by chunk; true where the connection is to break."""


class Proxy:
    """Passes everything on, until told to break."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._cut_before: Watch | None = None
        self._swallow_answer_to: Watch | None = None
        self._hold_back: Watch | None = None
        self.hides_end = False
        """Whether clients are not told when the server closes their connection."""
        self.port = 0

    async def start(self) -> None:
        """Accept connections, on the same port as before if there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Cut all connections and refuse new ones."""
        assert self._server is not None
        self._server.close()
        self.cut()
        await self._server.wait_closed()

    def cut(self) -> None:
        """Cut all connections."""
        for writer in self._writers:
            writer.transport.abort()

    def cut_before(self, watch: Watch) -> None:
        """Once, cut the connection instead of passing on what `watch` finds."""
        self._cut_before = watch

    def swallow_answer_to(self, watch: Watch) -> None:
        """Once, pass on what `watch` finds, and cut the connection when the answer comes."""
        self._swallow_answer_to = watch

    def hold_back(self, watch: Watch) -> None:
        """Once, never pass on what `watch` finds, and keep the connection open."""
        self._hold_back = watch

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream = await asyncio.open_connection(*self._target)
        self._writers |= {writer, upstream}
        swallow = asyncio.Event()
        both = asyncio.gather(
            self._requests(reader, upstream, swallow),
            self._answers(upstream_reader, writer, swallow),
        )
        with suppress(OSError):
            await both
        both.cancel()
        for one in (writer, upstream):
            self._writers.discard(one)
            one.transport.abort()

    async def _requests(
        self, reader: asyncio.StreamReader, upstream: asyncio.StreamWriter, swallow: asyncio.Event
    ) -> None:
        while chunk := await reader.read(1 << 16):
            if self._cut_before and self._cut_before(chunk):
                self._cut_before = None
                raise ConnectionResetError
            if self._swallow_answer_to and self._swallow_answer_to(chunk):
                self._swallow_answer_to = None
                swallow.set()
            if self._hold_back and self._hold_back(chunk):
                self._hold_back = None
                continue
            upstream.write(chunk)
            await upstream.drain()
        raise ConnectionResetError

    async def _answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, swallow: asyncio.Event
    ) -> None:
        while chunk := await reader.read(1 << 16):
            if swallow.is_set():
                raise ConnectionResetError
            writer.write(chunk)
            await writer.drain()
        if self.hides_end:
            await asyncio.Event().wait()
        raise ConnectionResetError


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy before the server of `url`, and the URL that goes through it."""
    parts = urlsplit(url)
    proxy = Proxy(parts.hostname or "127.0.0.1", parts.port or 5432)
    await proxy.start()
    login = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    try:
        yield proxy, urlunsplit(parts._replace(netloc=f"{login}127.0.0.1:{proxy.port}"))
    finally:
        await proxy.stop()
