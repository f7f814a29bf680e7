"""Requests that follow redirects by hand: aiohttp would turn a POST into a GET."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import lru_cache, partial

from aiohttp import ClientResponse, ClientSession
from yarl import URL

from smartcart.kit.egress.exchange import Reply, exchange, head, nothing, whole
from smartcart.kit.egress.outcomes import (
    Answer,
    Deadline,
    Document,
    Failure,
    FailureKind,
    Unwanted,
)
from smartcart.kit.egress.urls import UrlError, parse_url

REDIRECTS = frozenset({301, 302, 303, 307, 308})

# The same few URLs are sent to again and again.
_parsed = lru_cache(maxsize=1024)(parse_url)

Send = Callable[[URL], Awaitable[Reply | Failure]]


async def post_following(
    session: ClientSession,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    within: float = 10.0,
    same_host_redirects: int = 3,
) -> Answer | Failure:
    """POST `body`, following redirects to the same host, each again as a POST (contract §5).

    The status decides: an answer counts once its status has come, whatever its body does.
    `within` seconds cover everything, all hops included. A redirect to another host, from
    https to http, or one too many is a `Failure` of kind redirect.
    """
    deadline = Deadline.within(within)

    async def post(target: URL) -> Reply | Failure:
        return await exchange(
            session, "POST", target, headers=headers, body=body, deadline=deadline, read=_post_head
        )

    reply = await follow(post, url, deadline, hops=same_host_redirects, same_host=True)
    if isinstance(reply, Failure):
        return reply
    return Answer(reply.status, reply.body, reply.address, reply.milliseconds, reply.retry_after)


async def fetch(
    session: ClientSession,
    url: str,
    *,
    max_bytes: int,
    accept_types: Collection[str],
    within: float = 30.0,
    redirects: int = 3,
) -> Document | Failure:
    """GET a document of one of `accept_types` (such as "application/pdf") and at most `max_bytes`.

    Redirects lead to any host, never from https to http. No credentials are sent: none are taken
    from the URL, and none may be set on the session. `within` seconds cover everything.
    """
    deadline = Deadline.within(within)
    wanted = {"Accept": ", ".join(accept_types) or "*/*"}
    read = partial(_document, max_bytes=max_bytes, accept_types=accept_types)

    async def get(target: URL) -> Reply | Failure:
        anonymous = target.with_user(None)
        return await exchange(
            session, "GET", anonymous, headers=wanted, body=None, deadline=deadline, read=read
        )

    reply = await follow(get, url, deadline, hops=redirects, same_host=False)
    if isinstance(reply, Failure):
        return reply
    return Document(reply.body, reply.content_type, reply.address, reply.milliseconds)


async def _post_head(response: ClientResponse, deadline: Deadline) -> bytes:
    read = nothing if response.status in REDIRECTS else head
    return await read(response, deadline)


async def _document(
    response: ClientResponse, deadline: Deadline, *, max_bytes: int, accept_types: Collection[str]
) -> bytes:
    if response.status in REDIRECTS:
        return b""
    if response.status != 200:
        raise Unwanted(FailureKind.STATUS, f"the answer's status is {response.status}, not 200")
    if accept_types and response.content_type.lower() not in accept_types:
        wanted = " or ".join(accept_types)
        raise Unwanted(FailureKind.CONTENT_TYPE, f"the document's type is not {wanted}")
    return await whole(response, deadline, max_bytes=max_bytes)


async def follow(
    send: Send, url: str, deadline: Deadline, *, hops: int, same_host: bool
) -> Reply | Failure:
    """Send to `url`, and on to where its answers lead; the first that leads nowhere further."""
    try:
        target = _parsed(url)
    except UrlError as bad:
        kind = FailureKind.INVALID_URL
        return Failure(kind, str(bad), deadline.milliseconds(), sent=False)
    for left in range(hops, -1, -1):
        reply = await send(target)
        if isinstance(reply, Failure) or reply.status not in REDIRECTS:
            return reply
        try:
            target = _next_hop(target, reply, left, same_host=same_host)
        except (Unwanted, UrlError) as bad:
            return _not_followed(reply, str(bad))
    raise AssertionError("the last hop either answers or is not followed")


def _not_followed(reply: Reply, why: str) -> Failure:
    return Failure(FailureKind.REDIRECT, why, reply.milliseconds, True, reply.status, reply.address)


def _next_hop(current: URL, reply: Reply, left: int, *, same_host: bool) -> URL:
    """Where the redirect leads; raises `Unwanted` or `UrlError` when it is not followed."""
    if left == 0:
        raise Unwanted(FailureKind.REDIRECT, "too many redirects")
    location = reply.headers.get("location", "")
    if not location:
        raise Unwanted(FailureKind.REDIRECT, "a redirect without a Location")
    target = parse_url(location, base=current)
    if current.scheme == "https" and target.scheme != "https":
        raise Unwanted(FailureKind.REDIRECT, "a redirect from https to http is not followed")
    if same_host and _host(target) != _host(current):
        detail = f"a redirect to another host ({target.raw_host}) is not followed"
        raise Unwanted(FailureKind.REDIRECT, detail)
    return target


def _host(url: URL) -> str:
    return (url.raw_host or "").lower().rstrip(".")
