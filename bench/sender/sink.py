"""Where everything is POSTed: a bare process that answers 200 and notes when each order came.

The process prints its port. GET /count tells how many orders it heard of, GET /taken the moment of
each (seconds since the epoch), and forgets them. At /flaky every tenth order's first request is
answered 503.
"""

import asyncio
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import msgspec
from aiohttp import ClientSession

from smartcart.kit import loop

_SERVE = "from bench.sender.sink import serve; serve()"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_CODE = re.compile(rb'"code": ?"([^"]+)"')
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
_OK = _HEAD % (2, b"{}")
_UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Sink:
    url: str
    session: ClientSession

    async def count(self) -> int:
        async with self.session.get(f"{self.url}/count") as answer:
            return int(await answer.read())

    async def taken(self) -> dict[str, float]:
        async with self.session.get(f"{self.url}/taken") as answer:
            return msgspec.json.decode(await answer.read(), type=dict[str, float])


@asynccontextmanager
async def sink() -> AsyncIterator[Sink]:
    """One that runs as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SERVE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        port = int(await process.stdout.readline())
        async with ClientSession() as session:
            yield Sink(f"http://127.0.0.1:{port}", session)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


class _Receiver(asyncio.Protocol):
    """One kept connection, one request after the other."""

    def __init__(self, seen: dict[str, float]) -> None:
        self._seen = seen
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by descent

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head + b"\r\n")
        if not end or len(body) < (int(length[1]) if length else 0):
            return
        self._received = b""
        self._transport.write(self._answer(head, body))

    def _answer(self, head: bytes, body: bytes) -> bytes:
        if head.startswith(b"POST "):
            return self._heard(head, body)
        if head.startswith(b"GET /count "):
            shown = b"%d" % len(self._seen)
        else:
            shown = msgspec.json.encode(self._seen)
            self._seen.clear()
        return _HEAD % (len(shown), shown)

    def _heard(self, head: bytes, body: bytes) -> bytes:
        found = _CODE.search(body)
        assert found is not None, body
        code = found[1].decode()
        is_refused = head.startswith(b"POST /flaky ") and code[-1] == "0" and code not in self._seen
        self._seen.setdefault(code, time.time())
        return _UNAVAILABLE if is_refused else _OK


async def _serve() -> None:
    seen: dict[str, float] = {}
    server = await asyncio.get_running_loop().create_server(
        lambda: _Receiver(seen), "127.0.0.1", 0, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def serve() -> None:
    """Answer until terminated; the first line printed is the port."""
    loop.run(_serve())
