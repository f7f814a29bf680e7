"""One request and its answer for programs without an event loop: urllib3 under a real deadline.

urllib3's time-outs are for each step on a socket, so a peer that drips a byte now and then is
never late. Here every step gets only what is left of the whole: the sockets themselves ask for it.
Redirects are not followed, proxies and cookies not known, nothing is repeated.

No address is refused: this is for a URL of the program's own settings, not for a stranger's.
"""

import os
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse, IncompleteRead, RemoteDisconnected
from typing import Any
from urllib.parse import urlsplit

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ClosedPoolError,
    EmptyPoolError,
    HTTPError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.response import BaseHTTPResponse

from smartcart.kit.egress.exchange import Reply, check_announced, too_large
from smartcart.kit.egress.names import Addresses, look_up
from smartcart.kit.egress.outcomes import Failure, FailureKind, Unwanted
from smartcart.kit.egress.retry_after import retry_after
from smartcart.kit.egress.session import KEEP_ALIVE

_CHUNK = 64 * 1024


class BlockingPool:
    """Connections to the one server of `base_url`, for any number of threads.

    `connections` requests at most are under way at once; the others wait, and their
    `connect_timeout` runs meanwhile. It covers name, connection and handshake as well, in seconds.
    Certificates are verified, by the system's authorities unless `tls` brings others (it is given
    a socket class of ours). Raises `RuntimeError` when used after `close`.
    """

    def __init__(
        self,
        base_url: str,
        *,
        connections: int,
        connect_timeout: float,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._connect_timeout = connect_timeout
        self._pool = _pool(base_url, connections, tls)

    def close(self) -> None:
        """Close idle connections now, and those in use when they are done."""
        self._pool.close()

    def exchange(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        body: bytes | Iterable[bytes] | None,
        within: float,
        max_bytes: int,
    ) -> Reply | Failure:
        """Send one request and read its whole answer, of at most `max_bytes`, `within` seconds.

        `target` is sent as it is. A body in pieces goes in chunks unless `headers` announce its
        length; what the pieces themselves raise is raised, or is a failure if it is an `OSError`.
        """
        attempt = _Attempt.starting(within, self._connect_timeout)
        token = _ATTEMPT.set(attempt)
        try:
            response = self._pool.urlopen(
                method,
                target,
                body=body,
                headers=headers,
                retries=False,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                decode_content=False,
                pool_timeout=attempt.connecting(),  # type: ignore[arg-type]  # queue.get's
            )
            attempt.status = response.status
            return _reply(response, _whole(response, max_bytes), attempt)
        except ClosedPoolError:
            raise RuntimeError("the connections are closed") from None
        except (Unwanted, HTTPError) as error:
            kind, detail = _classify(error, attempt)
            return Failure(kind, detail, attempt.milliseconds(), attempt.sent, attempt.status)
        finally:
            _ATTEMPT.reset(token)


@dataclass(slots=True)
class _Attempt:
    """One request: when it began, by when its connection and the whole of it must be done."""

    began: float
    connected_by: float
    done_by: float
    sent: bool = False
    status: int | None = None

    @classmethod
    def starting(cls, within: float, connect_timeout: float) -> "_Attempt":
        now = time.monotonic()
        return cls(now, now + min(connect_timeout, within), now + within)

    def left(self) -> float:
        return _until(self.done_by)

    def connecting(self) -> float:
        return _until(self.connected_by)

    def milliseconds(self) -> int:
        return round((time.monotonic() - self.began) * 1000)


def _until(moment: float) -> float:
    """Seconds; never 0, which would mean not to wait at all."""
    seconds = moment - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("the deadline is over")
    return seconds


_ATTEMPT: ContextVar[_Attempt | None] = ContextVar("attempt", default=None)


class _TimedSocket(socket.socket):
    """Gives each step what is left of the attempt that is being made."""

    used = 0.0
    user = 0
    """When it was last used, and by which process."""

    def sendall(self, data: Any, flags: int = 0) -> None:
        if attempt := _ATTEMPT.get():
            attempt.sent = True
            self.settimeout(attempt.left())
        super().sendall(data, flags)

    def recv_into(self, *args: Any, **options: Any) -> int:
        if attempt := _ATTEMPT.get():
            self.settimeout(attempt.left())
        self.used, self.user = time.monotonic(), os.getpid()
        return super().recv_into(*args, **options)


class _TimedTlsSocket(_TimedSocket, ssl.SSLSocket):
    """The same inside TLS."""


class _StrictResponse(HTTPResponse):
    """Takes no interim answer for the answer, and no headers that it can read only in part."""

    def begin(self) -> None:
        super().begin()
        lengths = self.headers.get_all("Content-Length", [])
        if self.headers.defects or not all(length.strip().isdigit() for length in lengths):
            raise HTTPException("headers that cannot be read")

    def _read_status(self) -> tuple[str, int, str]:
        """http.client skips 100 alone (RFC 9110 §15.2): of any other, it would take what follows
        for the answer to the next request."""
        version, status, reason = super()._read_status()  # type: ignore[misc]  # not in typeshed
        interim = HTTPStatus.CONTINUE <= status < HTTPStatus.OK
        skipped = interim and status != HTTPStatus.SWITCHING_PROTOCOLS
        return version, HTTPStatus.CONTINUE if skipped else status, reason


class _Connection(HTTPConnection):
    response_class = _StrictResponse

    @property
    def is_connected(self) -> bool:
        """Whether it can be used again.

        One that lay idle may be dropped at any moment, one from before a fork has two users.
        """
        if not isinstance(self.sock, _TimedSocket) or self.sock.user != os.getpid():
            return False
        return time.monotonic() - self.sock.used < KEEP_ALIVE and super().is_connected

    def _new_conn(self) -> socket.socket:
        return _connected(self._dns_host, self.port)


class _TlsConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def _pool(base_url: str, connections: int, tls: ssl.SSLContext | None) -> HTTPConnectionPool:
    parts = urlsplit(base_url)
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else name
    if parts.scheme != "https":
        return _Pool(host, parts.port, maxsize=connections, block=True)
    context = tls or ssl.create_default_context()
    context.sslsocket_class = _TimedTlsSocket
    return _TlsPool(host, parts.port, maxsize=connections, block=True, ssl_context=context)


def _connected(host: str, port: int) -> socket.socket:
    """Connected to the first of the host's addresses that answers; raises `Unwanted`."""
    attempt = _ATTEMPT.get()
    assert attempt is not None
    try:
        return _connect(look_up(host, port).result(attempt.connecting()), attempt)
    except TimeoutError:
        raise Unwanted(FailureKind.TIMEOUT, "no connection in time") from None
    except socket.gaierror:
        raise Unwanted(FailureKind.NAME, f"the name {host} does not resolve") from None
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise Unwanted(FailureKind.CONNECT, f"no connection: {why}") from None


def _connect(addresses: Addresses, attempt: _Attempt) -> socket.socket:
    failure: OSError | None = None
    for family, kind, protocol, _, address in addresses:
        opened = _TimedSocket(family, kind, protocol)
        try:
            opened.settimeout(attempt.connecting())
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.connect(address)
            opened.settimeout(attempt.connecting())  # for the handshake
            return opened
        except OSError as error:
            opened.close()
            failure = error
    raise failure or OSError("the name has no address")


def _whole(response: BaseHTTPResponse, max_bytes: int) -> bytes:
    taken = bytearray()
    try:
        if response.status == HTTPStatus.SWITCHING_PROTOCOLS:
            detail = "the answer changes to a protocol that was not asked for"
            raise Unwanted(FailureKind.INVALID_ANSWER, detail)
        check_announced(response.headers, response.length_remaining, max_bytes)
        while piece := response.read(_CHUNK):
            taken += piece
            if len(taken) > max_bytes:
                raise too_large(max_bytes)
    except BaseException:
        response.close()  # what is left unread would be taken for the next answer
        response.release_conn()  # or its place would be lost
        raise
    return bytes(taken)


def _reply(response: BaseHTTPResponse, body: bytes, attempt: _Attempt) -> Reply:
    headers = {name.lower(): response.headers.getlist(name)[0] for name in response.headers}
    return Reply(
        status=response.status,
        headers=headers,
        content_type=headers.get("content-type", "").partition(";")[0].strip().lower(),
        body=body,
        address="",
        milliseconds=attempt.milliseconds(),
        retry_after=retry_after(headers.get("retry-after"), datetime.now(UTC)),
    )


_Classified = tuple[FailureKind, str]


def _classify(error: Exception, attempt: _Attempt) -> _Classified:
    cause = error.args[1] if isinstance(error, ProtocolError) and len(error.args) > 1 else error
    match cause:
        case Unwanted():
            return cause.kind, cause.detail
        case EmptyPoolError() | ReadTimeoutError() | TimeoutError():
            what = "whole answer" if attempt.sent else "connection"
            return FailureKind.TIMEOUT, f"no {what} in time"
        case SSLError() if not attempt.sent:
            return FailureKind.TLS, f"no trusted TLS connection: {_tls_detail(cause)}"
        case IncompleteRead() | RemoteDisconnected() | OSError() | SSLError():
            return FailureKind.RESET, _broken(attempt)
        case HTTPException() | HTTPError():
            detail = "the answer is not valid HTTP, or its headers are too large"
            return FailureKind.INVALID_ANSWER, detail
    return FailureKind.RESET, _broken(attempt)


def _broken(attempt: _Attempt) -> str:
    if attempt.status is not None:
        return "the answer broke off"
    return "the connection was closed before an answer came"


def _tls_detail(error: SSLError) -> str:
    cause = error.args[0] if error.args else error
    told = getattr(cause, "verify_message", None) or getattr(cause, "reason", None)
    return str(told or "the handshake failed")
