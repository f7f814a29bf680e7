"""Sessions as production opens them, but for one thing: an address of loopback that is public."""

import ssl

from aiohttp import ClientSession, ClientTimeout
from aiohttp.abc import AbstractResolver

from smartcart.kit.egress import refusal
from smartcart.kit.egress.session import session_checked_by
from tests.support.authority import trusting

PUBLIC = "127.0.0.3"
"""Where a server may listen that stands for one of the open internet (Linux alone has it)."""


def check(address: str) -> str | None:
    return None if address == PUBLIC else refusal(address)


def public_session(resolver: AbstractResolver, tls: ssl.SSLContext | None = None) -> ClientSession:
    return session_checked_by(
        check,
        resolver=resolver,
        tls=tls or trusting(),
        connections=10,
        timeout=ClientTimeout(connect=1),
        user_agent="test",
    )
