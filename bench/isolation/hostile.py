"""Ten endpoints, each bad in a way of its own, in a process of theirs."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import msgspec

from smartcart.kit import loop
from tests.support.http_sink import (
    Behaviour,
    Drip,
    Endless,
    Hang,
    HttpSink,
    Reply,
    Reset,
    redirect,
)

_SERVE = "from bench.isolation.hostile import serve; serve()"

LATE_SECONDS = 7
"""Later than a sender may wait that is to meet a late answer."""


def _behaviours(sink: HttpSink) -> Mapping[str, Behaviour]:
    return {
        "/hangs": Hang(),
        "/crawls": Drip(interval=0.3, whole=True),
        "/crawls-later": Drip(interval=0.3),
        "/resets": Reset(),
        "/fails": Reply(500),
        "/never-ends": Endless(),
        "/redirects": redirect(sink.url("/redirects")),
        "/is-late": Reply(delay=LATE_SECONDS),
        "/is-empty": Reply(204),
    }


async def _serve() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as never_accepts:
        async with HttpSink() as sink:
            urls = [f"http://127.0.0.1:{never_accepts.getsockname()[1]}/"]
            for path, behaviour in _behaviours(sink).items():
                sink.answer(behaviour, path=path)
                urls.append(sink.url(path))
            print(msgspec.json.encode(urls).decode(), flush=True)
            await asyncio.Event().wait()


@asynccontextmanager
async def hostile() -> AsyncIterator[Sequence[str]]:
    """Their URLs, served by a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SERVE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield msgspec.json.decode(await process.stdout.readline(), type=list[str])
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def serve() -> None:
    """Misbehave until terminated; the first line printed is the URLs, a list in JSON."""
    loop.run(_serve())
