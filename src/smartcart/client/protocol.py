"""The Orders API without I/O: calls as values, and what an answer means (contract §2, §3).

A client in any style sends what `Api` describes, records an `Exchange`, and reads it with
`read_order` or `confirm`; when no answer came, `unanswered` gives the exception to raise.
"""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

import msgspec

from smartcart.client.errors import (
    AnswerLost,
    BadRequest,
    InvalidAnswer,
    NotFound,
    OrdersApiError,
    Refused,
    ServerFailed,
    ToolOff,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    Unprocessable,
)
from smartcart.client.exchange import Exchange
from smartcart.contract import (
    AcceptRequest,
    ContractError,
    ErrorItem,
    Order,
    RejectRequest,
    api_media_type,
    encode,
    parse_errors,
    parse_order,
)
from smartcart.contract.vocabulary import DEFAULT_VENDOR, JSON_MEDIA_TYPE, ORDERS_PATH, ErrorCode
from smartcart.kit.egress import Failure, FailureKind

LONGEST_CODE = 64
_VENDOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
_TOKEN = re.compile(r"[!-~]+")
_NOT_TAKEN = frozenset({408, 425})


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `path` is percent-encoded; `body` is None for a GET."""

    method: str
    path: str
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Api:
    """Where the Orders API is and who calls: builds requests.

    `base_url` is everything before `/merchants/…`. Raises `ValueError`, naming the field, for
    values that cannot be right; the token itself is never repeated.
    """

    base_url: str
    token: str = field(repr=False)
    vendor: str = DEFAULT_VENDOR

    def __post_init__(self) -> None:
        if not _is_base_url(self.base_url):
            raise ValueError(
                "base_url: give an absolute http or https URL without credentials, query or "
                "fragment, such as https://api.example.com"
            )
        if not _TOKEN.fullmatch(self.token):
            raise ValueError("token: give the token as issued: ASCII, without spaces or breaks")
        if not _VENDOR.fullmatch(self.vendor):
            raise ValueError("vendor: give the name inside the media type, such as skroutz")

    def get(self, code: str) -> Call:
        return Call("GET", _path(code))

    def accept(self, code: str, request: AcceptRequest) -> Call:
        return Call("POST", f"{_path(code)}/accept", encode(request))

    def reject(self, code: str, request: RejectRequest) -> Call:
        return Call("POST", f"{_path(code)}/reject", encode(request))

    def url(self, call: Call) -> str:
        """Already percent-encoded: it must be sent as it is."""
        return self.base_url.rstrip("/") + call.path

    def headers(self, call: Call) -> dict[str, str]:
        """Every header the call needs, the token among them: not for the record."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Accept": api_media_type(self.vendor),
            "Accept-Encoding": "identity",
        }
        if call.body is not None:
            headers["Content-Type"] = JSON_MEDIA_TYPE
        return headers


def _is_base_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    extra = parts.query or parts.fragment or parts.username or parts.password
    return usable and not extra and bool(_TOKEN.fullmatch(text))


def _path(code: str) -> str:
    """Codes are opaque; those that no path can carry raise `ValueError`."""
    usable = 1 <= len(code) <= LONGEST_CODE and code not in {".", ".."}
    with suppress(UnicodeEncodeError):
        if usable:
            return f"{ORDERS_PATH}/{quote(code, safe='')}"
    raise ValueError(f"code: give an order's code, 1 to {LONGEST_CODE} characters of text")


def read_order(exchange: Exchange) -> Order:
    """The order in the answer to a GET; raises the `OrdersApiError` the answer means."""
    _raise_unless_successful(exchange)
    try:
        return parse_order(exchange.response_body)
    except ContractError as unreadable:
        raise InvalidAnswer(f"not an order: {unreadable}", exchange) from unreadable


class _Confirmation(msgspec.Struct):
    success: bool


def confirm(exchange: Exchange) -> None:
    """Return if the answer says the call was carried out; else raise what it means."""
    _raise_unless_successful(exchange)
    try:
        confirmed = msgspec.json.decode(exchange.response_body, type=_Confirmation).success
    except (msgspec.MsgspecError, UnicodeError):
        confirmed = False
    if not confirmed:
        raise InvalidAnswer(f'{exchange.status} without {{"success": true}}', exchange)


def unanswered(exchange: Exchange, failure: Failure) -> OrdersApiError:
    """What to raise when a request ended without an answer that could be read."""
    if not failure.sent:
        return Unavailable(failure.detail, exchange)
    unreadable = {FailureKind.TOO_LARGE, FailureKind.INVALID_ANSWER}
    kind = InvalidAnswer if failure.kind in unreadable else AnswerLost
    return kind(failure.detail, exchange)


def _raise_unless_successful(exchange: Exchange) -> None:
    status = exchange.status or 0
    if 200 <= status < 300:
        return
    errors = _errors(exchange.response_body)
    if status in _NOT_TAKEN or (status == 503 and (errors or exchange.retry_after is not None)):
        raise Unavailable(f"{status}: the marketplace did not take the call", exchange)
    if 400 <= status < 500:
        raise _refusal(status, errors)(errors, exchange)
    if status >= 500:
        raise ServerFailed(f"{status}: the marketplace failed", exchange)
    raise InvalidAnswer(
        f"{status} is no answer of the Orders API; if it is a redirect, set base_url to its target",
        exchange,
    )


_REFUSALS: dict[int, type[Refused]] = {
    400: BadRequest,
    403: ToolOff,
    404: NotFound,
    422: Unprocessable,
}


def _refusal(status: int, errors: tuple[ErrorItem, ...]) -> type[Refused]:
    if status == 401:
        return Unauthorized
    if status == 429:
        return TooManyRequests
    if any(item.code == ErrorCode.TOOL_OFF for item in errors):
        return ToolOff
    return _REFUSALS.get(status, Refused) if errors else Refused


def _errors(body: bytes) -> tuple[ErrorItem, ...]:
    try:
        return parse_errors(body).errors
    except ContractError:
        return ()
