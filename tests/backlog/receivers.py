"""The endpoints of all shops, in a process of its own: away, back, and keeping count.

Away, half of them answer 503 and of the other half the port is closed. Back, all answer 200. The
process prints its two ports; GET /away and /back on the first one switch, /count tells how many
requests were answered 200, and /heard everything there is to tell.
"""

import asyncio
import re
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import cast

import msgspec
from aiohttp import ClientSession

from smartcart.kit import loop

_SERVE = "from tests.backlog.receivers import serve; serve()"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
_UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"


def name_of(body: bytes) -> str:
    """An event by its body: no two are alike."""
    return blake2b(body, digest_size=8).hexdigest()


class Heard(msgspec.Struct):
    """`refused` is how often each event was answered 503; `taken` are those answered 200, with the
    moments (seconds since the epoch), in the order in which they came."""

    refused: dict[str, int]
    taken: list[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Receivers:
    """`answering` is where it answers 503 while away, `closed` where nobody listens then."""

    answering: str
    closed: str
    session: ClientSession

    async def go_away(self) -> None:
        await self._ask("away")

    async def come_back(self) -> None:
        await self._ask("back")

    async def count(self) -> int:
        return int(await self._ask("count"))

    async def heard(self) -> Heard:
        return msgspec.json.decode(await self._ask("heard"), type=Heard)

    async def _ask(self, what: str) -> bytes:
        async with self.session.get(f"{self.answering}/{what}") as answer:
            return await answer.read()


@asynccontextmanager
async def receivers() -> AsyncIterator[Receivers]:
    """Back, to begin with."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SERVE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        one, other = (await process.stdout.readline()).split()
        async with ClientSession() as session:
            yield Receivers(
                f"http://127.0.0.1:{int(one)}", f"http://127.0.0.1:{int(other)}", session
            )
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


class _State:
    """What came, and whether anybody is there."""

    def __init__(self) -> None:
        self.is_away = False
        self.refused = Counter[str]()
        self.taken: list[tuple[str, float]] = []
        self._connections: set[asyncio.Transport] = set()
        self._server: asyncio.Server | None = None
        self._held = _held(0)
        self.port = int(self._held.getsockname()[1])

    def take(self, body: bytes) -> bytes:
        name = name_of(body)
        if self.is_away:
            self.refused[name] += 1
            return _UNAVAILABLE
        self.taken.append((name, time.time()))
        return _HEAD % (2, b"{}")

    def connected(self, transport: asyncio.Transport) -> None:
        self._connections.add(transport)

    def lost(self, transport: asyncio.Transport) -> None:
        self._connections.discard(transport)

    async def back(self) -> None:
        self.is_away = False
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Receiver(self, closes=True), sock=self._held, backlog=1024
        )

    def away(self) -> None:
        """Nobody else may have the port meanwhile; who connects to it is refused."""
        self.is_away = True
        assert self._server is not None
        self._server.close()
        for transport in list(self._connections):
            transport.abort()
        self._held = _held(self.port)


def _held(port: int) -> socket.socket:
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", port))
    return held


class _Receiver(asyncio.Protocol):
    """One kept connection, one request after the other."""

    def __init__(self, state: _State, *, closes: bool = False) -> None:
        self._state = state
        self._closes = closes
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by descent
        if self._closes:
            self._state.connected(self._transport)

    def connection_lost(self, _error: Exception | None) -> None:
        self._state.lost(self._transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head + b"\r\n")
        if not end or len(body) < (int(length[1]) if length else 0):
            return
        self._received = b""
        if head.startswith(b"POST "):
            self._transport.write(self._state.take(body))
        else:
            asked = head.split(b" ", 2)[1].decode()
            self._asking = asyncio.create_task(self._tell(asked))

    async def _tell(self, asked: str) -> None:
        shown = await self._told(asked)
        self._transport.write(_HEAD % (len(shown), shown))

    async def _told(self, asked: str) -> bytes:
        match asked:
            case "/away":
                self._state.away()
            case "/back":
                await self._state.back()
            case "/count":
                return b"%d" % len(self._state.taken)
            case "/heard":
                return msgspec.json.encode(Heard(self._state.refused, self._state.taken))
        return b""


async def _serve() -> None:
    state = _State()
    await state.back()
    server = await asyncio.get_running_loop().create_server(
        lambda: _Receiver(state), "127.0.0.1", 0, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], state.port, flush=True)
    await server.serve_forever()


def serve() -> None:
    """Answer until terminated; the first line printed are the ports."""
    loop.run(_serve())
