"""What stands before several servers of the same kind, and may fail a share of what it is asked."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum

_METHODS = (b"GET ", b"POST ", b"PUT ", b"DELETE ", b"HEAD ")
_ERROR = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Fault(StrEnum):
    """How a request fails."""

    CUT = "cut before it was passed on"
    LOST = "passed on, and its answer lost"
    ERROR = "answered by 503"


@dataclass
class Faults:
    """Fails a share of all requests, each kind of fault as often; the seed repeats the dice."""

    share: float
    seed: int
    requests: int = 0
    made: Counter[Fault] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def next(self) -> Fault | None:
        self.requests += 1
        if self._chance.random() >= self.share:
            return None
        fault = self._chance.choice(tuple(Fault))
        self.made[fault] += 1
        return fault


@dataclass
class Balancer:
    """Listens on `port` and takes each connection to one of the `targets` in turn that listens."""

    port: int
    targets: Sequence[int]
    faults: Faults | None = None
    _turn: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Balancer"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        try:
            yield self
        finally:
            server.close()
            for writer in self._open:
                writer.transport.abort()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            with suppress(OSError):
                upstream_reader, upstream = await self._connect()
                self._open.add(upstream)
                try:
                    await _Exchange(self.faults, writer, upstream).run(reader, upstream_reader)
                finally:
                    self._open.discard(upstream)
                    upstream.close()
        finally:
            self._open.discard(writer)
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Raises `OSError` when none of the targets listens."""
        self._turn += 1
        first = self._turn % len(self.targets)
        for target in (*self.targets[first:], *self.targets[:first]):
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", target)
        raise ConnectionRefusedError


@dataclass
class _Exchange:
    """One connection of a client, request by request."""

    faults: Faults | None
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    loses: bool = False

    async def run(self, client: asyncio.StreamReader, server: asyncio.StreamReader) -> None:
        both = [
            asyncio.ensure_future(self._requests(client)),
            asyncio.ensure_future(self._answers(server)),
        ]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in both:
                one.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    async def _requests(self, client: asyncio.StreamReader) -> None:
        while chunk := await client.read(1 << 16):
            fault = self.faults.next() if self.faults and chunk.startswith(_METHODS) else None
            if fault is Fault.CUT:
                self.client.transport.abort()
                return
            if fault is Fault.ERROR:
                self.client.write(_ERROR)
                await self.client.drain()
                return
            self.loses = self.loses or fault is Fault.LOST
            self.server.write(chunk)
            await self.server.drain()

    async def _answers(self, server: asyncio.StreamReader) -> None:
        while chunk := await server.read(1 << 16):
            if self.loses:
                self.client.transport.abort()
                return
            self.client.write(chunk)
            await self.client.drain()
