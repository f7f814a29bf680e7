"""HTTP/1.1 requests over a number of kept connections, as fast as they are answered.

Every answer is looked at: its status must be 200 and its body begin as expected. The client is a
bare protocol, so that on a machine of few cores it leaves them to the programs it measures;
`python -m bench.http_load` is a server that is as bare, to measure how much the client can ask.
"""

import asyncio
import re
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple, cast

from smartcart.kit import loop

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
_END_OF_HEAD = b"\r\n\r\n"


class Exchange(NamedTuple):
    """A request as it crosses the wire, and how the body of its answer begins."""

    request: bytes
    begins: bytes


async def rate(port: int, exchanges: Iterator[Exchange], connections: int, seconds: float) -> float:
    """Answers a second, until `exchanges` or the time runs out.

    Raises ValueError for a wrong answer, ConnectionError when the server hangs up.
    """
    running = asyncio.get_running_loop()
    clients = [_Client(exchanges) for _ in range(connections)]
    for client in clients:
        await running.create_connection(lambda one=client: one, "127.0.0.1", port)  # type: ignore[misc]
    began = time.perf_counter()
    for client in clients:
        client.start(began + seconds)
    counts = await asyncio.gather(*(client.ended for client in clients))
    taken = time.perf_counter() - began
    for client in clients:
        client.close()
    return sum(counts) / taken


class _Client(asyncio.Protocol):
    """One connection, one request after the other."""

    def __init__(self, exchanges: Iterator[Exchange]) -> None:
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._exchanges = exchanges
        self._count = 0
        self._begins = b""
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by descent

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(ConnectionError("the server closed a connection"))

    def start(self, deadline: float) -> None:
        self._deadline = deadline
        self._ask()

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(_END_OF_HEAD)
        length = _LENGTH.search(self._received)
        if not end or length is None or len(body) < int(length[1]):
            return
        if not head.startswith(b"HTTP/1.1 200 ") or not body.startswith(self._begins):
            self.ended.set_exception(ValueError(f"a wrong answer: {self._received!r}"))
            return
        self._count += 1
        self._received = b""
        self._ask()

    def _ask(self) -> None:
        exchange = next(self._exchanges, None) if time.perf_counter() < self._deadline else None
        if exchange is None:
            self.ended.set_result(self._count)
            return
        self._begins = exchange.begins
        self._transport.write(exchange.request)


class _Bare(asyncio.Protocol):
    """Answers whatever comes with the same."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by descent

    def data_received(self, _data: bytes) -> None:
        self._transport.write(self._answer)


async def _serve(length: int) -> None:
    """Bodies of `length` bytes; the port is printed."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    answer = head % length + b"{" * length
    server = await asyncio.get_running_loop().create_server(
        lambda: _Bare(answer), "127.0.0.1", 0, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    loop.run(_serve(int(sys.argv[1])))
