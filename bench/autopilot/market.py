"""The marketplace's side: sends `new_order` events, and notes when each order's accept comes."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from aiohttp import ClientSession

from tests.support.order_documents import event, line, order

UID = "1001"
_ACCEPT = re.compile(rb"POST /merchants/ecommerce/orders/([^/ ]+)/accept ")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ANSWER = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
_CARRIED_OUT = _ANSWER % (b"200 OK", 16, b'{"success":true}')
_UNKNOWN = _ANSWER % (b"404 Not Found", 13, b'{"errors":[]}')
_STUCK_SECONDS = 60


@dataclass
class Market:
    """`accepted` is when each order's first accept came, by the monotonic clock."""

    session: ClientSession
    url: str = ""
    accepted: dict[str, float] = field(default_factory=dict)

    async def send(self, webhook: str, body: bytes) -> None:
        headers = {"Content-Type": "application/json; charset=utf-8"}
        async with self.session.post(webhook, data=body, headers=headers) as answer:
            assert answer.status == 200, (answer.status, await answer.text())

    async def all_accepted(self, codes: Sequence[str]) -> None:
        async with asyncio.timeout(_STUCK_SECONDS):
            while not self.accepted.keys() >= set(codes):
                await asyncio.sleep(0.02)


class _Connection(asyncio.Protocol):
    """As little HTTP as a client of ours needs, so that the marketplace costs next to nothing."""

    def __init__(self, accepted: dict[str, float]) -> None:
        self._accepted = accepted
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._came += data
        while (end := self._came.find(b"\r\n\r\n") + 4) > 3:
            length = _LENGTH.search(self._came, 0, end)
            whole = end + (int(length[1]) if length else 0)
            if len(self._came) < whole:
                return
            self._answer(_ACCEPT.match(self._came))
            self._came = self._came[whole:]

    def _answer(self, accept: re.Match[bytes] | None) -> None:
        if accept is not None:
            self._accepted.setdefault(accept[1].decode(), time.monotonic())
        self._transport.write(_CARRIED_OUT if accept else _UNKNOWN)


@asynccontextmanager
async def market() -> AsyncIterator[Market]:
    async with ClientSession() as session:
        found = Market(session)
        made: Callable[[], _Connection] = lambda: _Connection(found.accepted)  # noqa: E731
        server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
        found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield found
        server.close()


def new_orders(count: int, first: int = 1) -> dict[str, bytes]:
    """Events by the codes of their orders, three lines each."""
    now = datetime.now(UTC)
    codes = [f"{now:%y%m%d}-{number:07}" for number in range(first, first + count)]
    return {
        code: event(
            order(code, *(line(UID, 1, line_id=f"l{n}") for n in range(3))), now, "new_order"
        )
        for code in codes
    }
