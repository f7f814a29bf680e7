"""Sessions for the open internet."""

import ssl
from contextvars import ContextVar
from functools import partial

from aiohttp import (
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver
from aiohttp.connector import Connection

from smartcart.kit.egress.addresses import refusal
from smartcart.kit.egress.guard import Check, CheckedResolver, SystemResolver, guarded_sockets

# Shorter than the five seconds after which common servers drop an idle connection: a POST that
# meets a connection just dropped is a POST of which nobody knows whether it arrived.
KEEP_ALIVE = 4.0
_LARGEST_HEADER = 8190


def open_session(
    allow_private: bool = False,
    *,
    user_agent: str = "smartcart",
    connections: int = 100,
    connect_timeout: float = 5.0,
    total_timeout: float = 30.0,
    tls: ssl.SSLContext | None = None,
    resolver: AbstractResolver | None = None,
) -> ClientSession:
    """A session that connects to public addresses alone; call it inside a running event loop.

    `allow_private` is the development setting: it opens loopback and private addresses as well.
    The connection goes to the address that was checked, TLS is verified (`tls` may bring another
    set of authorities), environment proxies, netrc and cookies are ignored, and answers are not
    unpacked. `connect_timeout` covers name, connection and handshake; both time-outs are seconds.
    A request that finds all `connections` taken waits, and its `connect_timeout` runs meanwhile.
    `resolver` replaces the operating system's; its answers are checked all the same.
    The caller closes the session.
    """
    return session_checked_by(
        partial(refusal, allow_private=allow_private),
        resolver=resolver or SystemResolver(),
        tls=tls,
        connections=connections,
        timeout=ClientTimeout(total=total_timeout, connect=connect_timeout),
        user_agent=user_agent,
    )


def session_checked_by(
    check: Check,
    *,
    resolver: AbstractResolver,
    tls: ssl.SSLContext | None,
    connections: int,
    timeout: ClientTimeout,
    user_agent: str,
) -> ClientSession:
    """A session whose connections all pass `check`."""
    connector = TCPConnector(
        resolver=CheckedResolver(resolver, check),
        socket_factory=guarded_sockets(check),
        ssl=tls or True,
        limit=connections,
        keepalive_timeout=KEEP_ALIVE,
    )
    return ClientSession(
        connector=connector,
        request_class=_TracedRequest,
        cookie_jar=DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        timeout=timeout,
        max_line_size=_LARGEST_HEADER,
        max_field_size=_LARGEST_HEADER,
        headers={"User-Agent": user_agent, "Accept-Encoding": "identity"},
    )


class Wire:
    """What is known of the connection a request goes out on: the peer's IP address."""

    __slots__ = ("address",)

    def __init__(self) -> None:
        self.address: str | None = None


WIRE: ContextVar[Wire] = ContextVar("wire")


class _TracedRequest(ClientRequest):
    """Notes the peer's address, which aiohttp forgets once an answer is read to its end."""

    async def send(self, conn: Connection) -> ClientResponse:
        wire = WIRE.get(None)
        if wire is not None and conn.transport is not None:
            peer = conn.transport.get_extra_info("peername")
            wire.address = str(peer[0]) if peer else None
        return await super().send(conn)
