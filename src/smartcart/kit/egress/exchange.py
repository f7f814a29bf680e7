"""One request and its answer. Redirects are never followed here."""

import asyncio
import os
from collections.abc import AsyncIterable, Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache

import msgspec
from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientError,
    ClientPayloadError,
    ClientResponse,
    ClientResponseError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    InvalidURL,
)
from yarl import URL

from smartcart.kit.egress.guard import refused
from smartcart.kit.egress.outcomes import Deadline, Failure, FailureKind, Unwanted
from smartcart.kit.egress.retry_after import retry_after
from smartcart.kit.egress.session import WIRE, Wire

HEAD_BYTES = 1024
_HEAD_SECONDS = 1.0
_CHUNK = 64 * 1024


class Reply(msgspec.Struct, frozen=True):
    """An answer of any status. Ask for headers in lower case; of repeated ones the first counts.

    `retry_after` is in seconds, see `retry_after.retry_after`.
    """

    status: int
    headers: Mapping[str, str]
    content_type: str
    body: bytes
    address: str
    milliseconds: int
    retry_after: float | None


Reading = Callable[[ClientResponse, Deadline], Awaitable[bytes]]
"""Takes from an answer's body what is needed; raises `Unwanted` when the answer will not do."""


async def exchange(
    session: ClientSession,
    method: str,
    url: URL,
    *,
    headers: Mapping[str, str],
    body: bytes | AsyncIterable[bytes] | None,
    deadline: Deadline,
    read: Reading,
) -> Reply | Failure:
    """Send one request and read its answer before `deadline`.

    `read` may end later than the answer's status came, never later than the deadline. Raises only
    for requests that cannot be written, such as a header value with a line break.
    """
    wire = Wire()
    token = WIRE.set(wire)
    status: int | None = None
    try:
        async with asyncio.timeout_at(deadline.until):
            response = await session.request(
                method,
                url,
                headers=headers,
                data=body,
                skip_auto_headers=_made_up(headers),
                allow_redirects=False,
                auto_decompress=False,
                timeout=_to_connect(session.timeout.connect),
            )
        async with response:
            status = response.status
            return _reply(response, await read(response, deadline), wire, deadline)
    except (Unwanted, ClientError, OSError) as error:
        kind, detail, sent = _classify(error)
        return Failure(kind, detail, deadline.milliseconds(), sent, status, wire.address)
    finally:
        WIRE.reset(token)


def _made_up(headers: Mapping[str, str]) -> Collection[str] | None:
    """What aiohttp is kept from adding, which has its price: only where it would add it."""
    return None if "Content-Type" in headers else ("Content-Type",)


@lru_cache
def _to_connect(seconds: float | None) -> ClientTimeout:
    """For the connection alone: the deadline covers the rest."""
    return ClientTimeout(total=None, connect=seconds)


def _reply(response: ClientResponse, body: bytes, wire: Wire, deadline: Deadline) -> Reply:
    return Reply(
        status=response.status,
        headers=response.headers,
        content_type=response.content_type.lower(),
        body=body,
        address=wire.address or "",
        milliseconds=deadline.milliseconds(),
        retry_after=retry_after(response.headers.get("Retry-After"), datetime.now(UTC)),
    )


async def nothing(_response: ClientResponse, _deadline: Deadline) -> bytes:
    """Read no body at all."""
    return b""


async def head(response: ClientResponse, deadline: Deadline) -> bytes:
    """Read the body's first KB, as far as it comes within a second.

    A body that breaks off or drips is no failure: the status has been given.
    """
    if response.content.is_eof():  # it came with the status, as short ones do
        return response.content.read_nowait(HEAD_BYTES)
    taken = bytearray()
    soon = min(deadline.until, asyncio.get_running_loop().time() + _HEAD_SECONDS)
    with suppress(ClientError, OSError):
        async with asyncio.timeout_at(soon):
            while len(taken) < HEAD_BYTES and not response.content.at_eof():
                taken += await response.content.read(HEAD_BYTES - len(taken))
    return bytes(taken)


async def whole(response: ClientResponse, deadline: Deadline, *, max_bytes: int) -> bytes:
    """Read the whole body, at most `max_bytes` of it; it must come as it is, not packed.

    A body of announced length, or in chunks, is whole or an error. One that the end of the
    connection ends cannot be told from one that was cut: its reader must look at the content.
    """
    check_announced(response.headers, response.content_length, max_bytes)
    taken = bytearray()
    async with asyncio.timeout_at(deadline.until):
        while not response.content.at_eof():
            taken += await response.content.read(_CHUNK)
            if len(taken) > max_bytes:
                raise too_large(max_bytes)
    return bytes(taken)


_PLAIN: Collection[str] = ("identity",)


def check_announced(
    headers: Mapping[str, str],
    length: int | None,
    max_bytes: int,
    encodings: Collection[str] = _PLAIN,
) -> None:
    """Raise `Unwanted` for a body that is packed or too large by its own account."""
    content = headers.get("Content-Encoding", "identity")
    transfer = headers.get("Transfer-Encoding", "chunked")
    if content.lower() not in encodings or transfer.lower() != "chunked":
        detail = "the answer is packed, which was not asked for"
        raise Unwanted(FailureKind.INVALID_ANSWER, detail)
    if (length or 0) > max_bytes:
        raise too_large(max_bytes)


def too_large(max_bytes: int) -> Unwanted:
    return Unwanted(FailureKind.TOO_LARGE, f"the answer is larger than {max_bytes:,} bytes")


_Classified = tuple[FailureKind, str, bool]


def _classify(error: Exception) -> _Classified:
    """Kind, detail, and whether something of the request may have left."""
    if (refusal := refused(error)) is not None:
        return FailureKind.REFUSED_ADDRESS, str(refusal), False
    if isinstance(error, Unwanted):
        return error.kind, error.detail, True
    return _classify_connecting(error) or _classify_answer(error)


def _classify_connecting(error: Exception) -> _Classified | None:
    match error:
        case InvalidURL():
            return FailureKind.INVALID_URL, "the URL is not one that can be connected to", False
        case ClientConnectorCertificateError() | ClientConnectorSSLError():
            return FailureKind.TLS, f"no trusted TLS connection: {_tls_detail(error)}", False
        case ClientConnectorDNSError():
            return FailureKind.NAME, f"the name {error.host} does not resolve", False
        case ClientConnectorError():
            return FailureKind.CONNECT, f"no connection: {_plainly(error.os_error)}", False
        case ConnectionTimeoutError():
            return FailureKind.TIMEOUT, "no connection in time", False
    return None


def _plainly(error: OSError) -> str:
    """The system's own words; asyncio puts the address into them."""
    return os.strerror(error.errno) if error.errno else str(error) or "the peer closed it"


def _tls_detail(error: Exception) -> str:
    cause = error.__cause__
    told = getattr(cause, "verify_message", None) or getattr(cause, "reason", None)
    return str(told or "the handshake failed")


def _classify_answer(error: Exception) -> _Classified:
    match error:
        case TimeoutError():
            return FailureKind.TIMEOUT, "no whole answer in time", True
        case ClientResponseError():
            detail = "the answer is not valid HTTP, or its headers are too large"
            return FailureKind.INVALID_ANSWER, detail, True
        case ClientPayloadError():
            return FailureKind.RESET, "the answer broke off", True
    return FailureKind.RESET, "the connection was closed before an answer came", True
