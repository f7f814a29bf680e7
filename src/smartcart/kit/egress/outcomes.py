"""How a request ended, as plain values: nothing in this package raises for what a peer does."""

import asyncio
from enum import StrEnum

import msgspec


class FailureKind(StrEnum):
    """Every way in which a request ends without a usable answer."""

    INVALID_URL = "invalid_url"
    """The URL is not an absolute http or https one."""
    NAME = "name"
    """The host's name does not resolve."""
    REFUSED_ADDRESS = "refused_address"
    """The address guard refuses where the name leads."""
    CONNECT = "connect"
    """No connection: refused, unreachable."""
    TLS = "tls"
    """The certificate or the handshake is not acceptable."""
    TIMEOUT = "timeout"
    """No connection, or no answer, in time."""
    RESET = "reset"
    """The peer closed the connection before the answer was whole."""
    INVALID_ANSWER = "invalid_answer"
    """What came back is not HTTP, or is encoded in a way that was not asked for."""
    REDIRECT = "redirect"
    """A redirect that is not followed: other host, less secure, too many, no target."""
    STATUS = "status"
    """An answer came whose status is not the one that was needed (`fetch` only)."""
    CONTENT_TYPE = "content_type"
    """The document is of another type than accepted (`fetch` only)."""
    TOO_LARGE = "too_large"
    """The answer is larger than allowed."""


class Failure(msgspec.Struct, frozen=True):
    """No usable answer.

    `detail` is a sentence without URL paths, headers, bodies or secrets: safe to log.
    `sent` False promises that no part of the request left; True promises nothing.
    `status` and `address` are those of the last hop, where one got that far.
    """

    kind: FailureKind
    detail: str
    milliseconds: int
    sent: bool
    status: int | None = None
    address: str | None = None


class Answer(msgspec.Struct, frozen=True):
    """An answer to a POST, whatever its status.

    `head` is what came of the body in a moment, at most 1,024 bytes; it may be cut.
    `address` is the IP address connected to; `milliseconds` counts from the first hop's start.
    `retry_after` is the answer's Retry-After in seconds from now.
    """

    status: int
    head: bytes
    address: str
    milliseconds: int
    retry_after: float | None = None


class Document(msgspec.Struct, frozen=True):
    """A document that was fetched. `content_type` is lower case, without parameters.

    It is whole if the server announced its length or sent it in chunks, as nearly all do; else
    the end of the connection was its end, and only its content can tell whether it was cut.
    """

    content: bytes
    content_type: str
    address: str
    milliseconds: int


class Unwanted(Exception):
    """Inside this package: an answer that will not do, on its way to becoming a `Failure`."""

    def __init__(self, kind: FailureKind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


class Deadline(msgspec.Struct, frozen=True):
    """When something was begun and when it must be over, on the event loop's clock."""

    started: float
    until: float

    @classmethod
    def within(cls, seconds: float) -> "Deadline":
        now = asyncio.get_running_loop().time()
        return cls(now, now + seconds)

    def milliseconds(self) -> int:
        return round((asyncio.get_running_loop().time() - self.started) * 1000)
