"""A real HTTP server on 127.0.0.1 whose behaviour a test scripts, faults included.

    async with HttpSink() as sink:
        sink.answer(Reply(500), Reply(200, b"ok"))         # in turn; the last one repeats
        sink.answer(Hang(), path="/slow")                  # a script of its own for one path
        ... something that POSTs to sink.url("/hook?shop=1") ...
        assert [request.body for request in sink.requests] == [b"{}", b"{}"]

Requests are recorded as soon as they are read whole, also those answered with a fault.
A behaviour is any `async (connection: Connection) -> None`; those here cover what peers do.
"""

import asyncio
import ssl
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from socket import SO_LINGER, SOL_SOCKET
from types import TracebackType
from typing import Protocol, Self
from weakref import WeakSet

import h11


@dataclass(frozen=True, slots=True)
class Received:
    """One request. Header names are lower case; repeated headers keep the last."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass(frozen=True, slots=True)
class Connection:
    """What a behaviour works with: the request it answers and the way back."""

    request: Received
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """Close with RST, as a crashing process or a firewall does."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


class Behaviour(Protocol):
    """How one request is met. Closing the connection is up to the behaviour."""

    async def __call__(self, connection: Connection) -> None: ...


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {headers[name]}" for name in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


@dataclass(frozen=True, slots=True)
class Reply:
    """A proper answer, after `delay` seconds. The connection stays open for the next request."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0

    async def __call__(self, connection: Connection) -> None:
        await asyncio.sleep(self.delay)
        headers = {"Content-Length": str(len(self.body)), **self.headers}
        await connection.send(_head(self.status, headers) + self.body)


def redirect(to: str, status: int = 307) -> Reply:
    return Reply(status, headers={"Location": to})


def json_reply(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, body, {"Content-Type": "application/json", **(headers or {})})


@dataclass(frozen=True, slots=True)
class Drip:
    """An answer that comes a byte at a time, `interval` seconds apart.

    `whole` True drips the status line and headers as well.
    """

    status: int = 200
    body: bytes = b"x" * 1000
    interval: float = 0.05
    whole: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)

    async def __call__(self, connection: Connection) -> None:
        head = _head(self.status, {"Content-Length": str(len(self.body)), **self.headers})
        if not self.whole:
            await connection.send(head)
        for byte in head + self.body if self.whole else self.body:
            await connection.send(bytes([byte]))
            await asyncio.sleep(self.interval)


@dataclass(frozen=True, slots=True)
class Raw:
    """These bytes, whatever they are, and then the end of the connection."""

    data: bytes

    async def __call__(self, connection: Connection) -> None:
        await connection.send(self.data)
        connection.writer.close()


@dataclass(frozen=True, slots=True)
class Endless:
    """A 200 whose body never ends, as fast as it is read. `announced` adds a Content-Length."""

    announced: int | None = None
    content_type: str = "application/pdf"

    async def __call__(self, connection: Connection) -> None:
        length = {} if self.announced is None else {"Content-Length": str(self.announced)}
        await connection.send(_head(200, {"Content-Type": self.content_type, **length}))
        while True:
            await connection.send(b"x" * 65_536)


@dataclass(frozen=True, slots=True)
class Hang:
    """No answer at all; the connection stays open."""

    async def __call__(self, connection: Connection) -> None:
        await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset once the request is read, after `first` bytes of an answer."""

    first: bytes = b""

    async def __call__(self, connection: Connection) -> None:
        if self.first:
            await connection.send(self.first)
            await asyncio.sleep(0.05)  # a reset overtakes what is still under way
        connection.reset()


_TURNS_TO_ACCEPT = 3
"""Of the event loop. A server that is closed in between leaves the connection open for ever, when
its client went away before a busy loop came to accept it."""


class HttpSink:
    """The server. `async with` starts it on a free port and stops it, open connections too.

    `tls` makes it an https server. `refuse_reading` resets every connection unread.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
        refuse_reading: bool = False,
    ) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        self._host = host
        self._tls = tls
        self._refuse_reading = refuse_reading
        self._scripts: dict[str | None, list[Behaviour]] = {None: [Reply()]}
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers = WeakSet[asyncio.StreamWriter]()
        self._server: asyncio.Server | None = None
        self._is_closing = False

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, self._host, 0, ssl=self._tls)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._is_closing = True
        for _ in range(_TURNS_TO_ACCEPT):
            await asyncio.sleep(0)
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # What is still to be sent, also by a connection that is closing, would keep it open beyond
        # the loop.
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()
        await asyncio.sleep(0)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def url(self, path: str = "/", host: str | None = None) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{host or self._host}:{self.port}{path}"

    def answer(self, *behaviours: Behaviour, path: str | None = None) -> None:
        """Meet requests (those for `path`, or all without a script of their own) in this order."""
        self._scripts[path] = list(behaviours)

    @property
    def bodies(self) -> Sequence[bytes]:
        return [request.body for request in self.requests]

    def _next(self, path: str) -> Behaviour:
        script = self._scripts.get(path, self._scripts[None])
        return script.pop(0) if len(script) > 1 else script[0]

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self._is_closing:
            writer.transport.abort()
            return
        self._writers.add(writer)
        task = asyncio.create_task(self._accept(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, h11.RemoteProtocolError):
                await self._serve(reader, writer)
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuse_reading:
            Connection(Received("", "", {}, b""), writer).reset()
        while not writer.is_closing():
            request = await _read_request(reader)
            if request is None:
                return
            self.requests.append(request)
            await self._next(request.path)(Connection(request, writer))


async def _read_request(reader: asyncio.StreamReader) -> Received | None:
    """The next request of a connection, None when the peer has closed it."""
    parser = h11.Connection(h11.SERVER)
    request: h11.Request | None = None
    body = bytearray()
    while True:
        event = parser.next_event()
        if event is h11.NEED_DATA:
            parser.receive_data(await reader.read(65_536))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage) and request is not None:
            return _received(request, bytes(body))
        else:
            return None


def _received(request: h11.Request, body: bytes) -> Received:
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in request.headers}
    return Received(request.method.decode(), request.target.decode(), headers, body)
