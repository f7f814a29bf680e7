"""GET a document of any size into a file, again only when it has changed."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import BinaryIO

from aiohttp import ClientResponse, ClientSession
from yarl import URL

from smartcart.kit.egress.exchange import Reply, check_announced, exchange, too_large
from smartcart.kit.egress.outcomes import Deadline, Failure, FailureKind, Unwanted
from smartcart.kit.egress.redirects import REDIRECTS, follow

NOT_MODIFIED = 304
_CHUNK = 64 * 1024
_PACKED = frozenset({"identity", "gzip", "x-gzip"})


async def download(
    session: ClientSession,
    url: str,
    into: BinaryIO,
    *,
    headers: Mapping[str, str],
    max_bytes: int,
    within: float,
    redirects: int = 3,
) -> Reply | Failure:
    """Write the document at `url` to `into` as it comes; the reply's own body is empty.

    Its status is 200, or 304 where `headers` ask for nothing older. It may be packed by gzip: the
    file is then what came, and `max_bytes` are of that. An answer that does not say where it ends
    is a failure, since half of it would pass for the whole. `headers` are sent to the host and
    port of `url` alone; redirects lead to any host, never from https to http. What was written
    before a failure is of no use.
    """
    deadline = Deadline.within(within)
    read = partial(_into, file=into, max_bytes=max_bytes)
    home: URL | None = None

    async def get(target: URL) -> Reply | Failure:
        nonlocal home
        home = home or target.origin()
        own = headers if target.origin() == home else {}
        sent = {"Accept-Encoding": "gzip, identity", **own}
        anonymous = target.with_user(None)
        return await exchange(
            session, "GET", anonymous, headers=sent, body=None, deadline=deadline, read=read
        )

    return await follow(get, url, deadline, hops=redirects, same_host=False)


async def _into(
    response: ClientResponse, deadline: Deadline, *, file: BinaryIO, max_bytes: int
) -> bytes:
    if response.status in REDIRECTS or response.status == NOT_MODIFIED:
        return b""
    if response.status != 200:
        raise Unwanted(FailureKind.STATUS, f"the answer's status is {response.status}, not 200")
    check_announced(response.headers, response.content_length, max_bytes, _PACKED)
    if response.content_length is None and "Transfer-Encoding" not in response.headers:
        detail = "the answer does not say where it ends: half of it would pass for the whole"
        raise Unwanted(FailureKind.INVALID_ANSWER, detail)
    taken = 0
    async with asyncio.timeout_at(deadline.until):
        while not response.content.at_eof():
            piece = await response.content.read(_CHUNK)
            taken += len(piece)
            if taken > max_bytes:
                raise too_large(max_bytes)
            file.write(piece)
    return b""
