"""An ASGI program served inside our own event loop, beside its workers."""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

_GRACE_SECONDS = 2


class PortTaken(Exception):
    """Another program listens on the address already."""


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one. Raises `PortTaken`, naming the remedy."""
    try:
        listener = socket.create_server((host, port), backlog=2048)
    except OSError as error:
        raise PortTaken(
            f"cannot listen on {host}:{port} ({_reason(error)}); "
            "stop the program that listens there, or choose another host or port"
        ) from error
    # Connections inherit it. asyncio would set it itself, but not on sockets made this way, and
    # then every answer on a kept connection waits 40 ms for the peer's delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _reason(error: OSError) -> str:
    """In words; those of name look-ups have numbers of their own, below zero."""
    number = error.errno or 0
    return os.strerror(number) if number > 0 else str(error.strerror)


async def serve(app: ASGIApp, listener: socket.socket, stop: asyncio.Event) -> None:
    """Serve until `stop` is set; open requests then have two seconds to finish."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        date_header=True,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = _Server(config)
    stopping = asyncio.create_task(_stop_with(server, stop))
    try:
        await server.serve(sockets=[listener])
    finally:
        stopping.cancel()


async def _stop_with(server: uvicorn.Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True


class _Server(uvicorn.Server):
    """Leaves signals to the program around it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
