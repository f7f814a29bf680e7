"""The four ways in which a program of ours sends a request, each open to loopback."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from yarl import URL

from smartcart.kit.egress import (
    Answer,
    Deadline,
    Document,
    Failure,
    Reply,
    exchange,
    fetch,
    open_session,
    post_following,
    whole,
)
from smartcart.kit.egress.blocking import BlockingPool

MAX_BYTES = 100_000
Outcome = Answer | Document | Reply | Failure
Door = Callable[[str, float, ssl.SSLContext | None], Awaitable[Outcome]]
"""What is sent to a URL within so many seconds, by whom certificates are trusted."""


async def webhook(url: str, within: float, tls: ssl.SSLContext | None = None) -> Outcome:
    async with open_session(allow_private=True, tls=tls) as session:
        return await post_following(session, url, b"{}", {}, within=within)


async def document(url: str, within: float, tls: ssl.SSLContext | None = None) -> Outcome:
    async with open_session(allow_private=True, tls=tls) as session:
        return await fetch(session, url, max_bytes=MAX_BYTES, accept_types=(), within=within)


async def client(url: str, within: float, tls: ssl.SSLContext | None = None) -> Outcome:
    """As `OrdersClient` makes its calls; a POST, which nobody repeats."""
    async with open_session(allow_private=True, tls=tls) as session:
        return await exchange(
            session,
            "POST",
            URL(url),
            headers={},
            body=b"{}",
            deadline=Deadline.within(within),
            read=lambda response, deadline: whole(response, deadline, max_bytes=MAX_BYTES),
        )


async def sync_client(url: str, within: float, tls: ssl.SSLContext | None = None) -> Outcome:
    """As `SyncOrdersClient` makes its calls."""
    pool = BlockingPool(url, connections=1, connect_timeout=5, tls=tls)
    try:
        return await in_a_thread(pool, urlsplit(url).path, within)
    finally:
        pool.close()


async def in_a_thread(pool: BlockingPool, target: str, within: float) -> Outcome:
    return await asyncio.to_thread(
        pool.exchange, "POST", target, headers={}, body=b"{}", within=within, max_bytes=MAX_BYTES
    )


READERS: tuple[Door, ...] = (document, client, sync_client)
DOORS: tuple[Door, ...] = (webhook, *READERS)
