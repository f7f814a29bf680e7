"""The Orders API without I/O: every call as a value (contract §2, §3).

A client in any style sends what `Api` describes and gives what came of it to `Call.result`.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique
from typing import Generic, TypeVar
from urllib.parse import quote, urlsplit

from smartcart.client import journal
from smartcart.client.answers import confirmed, fetched, unanswered
from smartcart.client.exchange import Exchange, FetchedOrder
from smartcart.client.journal import FetchedEvents, FetchedOrders
from smartcart.client.standing import standing
from smartcart.contract import (
    AcceptRequest,
    RejectRequest,
    TrackingRequest,
    WebhookStanding,
    api_media_type,
    encode,
)
from smartcart.contract.vocabulary import (
    DEFAULT_VENDOR,
    EVENTS_PATH,
    JSON_MEDIA_TYPE,
    MAX_CODE_LENGTH,
    ORDERS_PATH,
    WEBHOOK_STANDING_PATH,
)
from smartcart.kit.egress import Failure, Reply

LARGEST_ANSWER = 2_000_000
"""Bytes of an answer that are read at most."""

_VENDOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
_TOKEN = re.compile(r"[!-~]+")

Result = TypeVar("Result")


@unique
class WebhookTrigger(StrEnum):
    """The events of a demo order that can be asked for (contract §3)."""

    CREATION = "creation"
    VOUCHER_UPDATE = "voucher_update"
    EXTENSION = "extension"
    CANCELLATION = "cancellation"


@dataclass(frozen=True, slots=True)
class Call(Generic[Result]):
    """One request. `path` is percent-encoded; `body` is JSON, or None for a call without.

    `read` makes the result of an answer, or raises the `OrdersApiError` that the answer means.
    """

    method: str
    path: str
    read: Callable[[Exchange], Result]
    body: bytes | None = field(default=None, repr=False)

    def result(self, outcome: Reply | Failure) -> Result:
        """What the call returns; raises the `OrdersApiError` that tells why there is nothing."""
        if isinstance(outcome, Failure):
            raise unanswered(self._unanswered(outcome), outcome)
        return self.read(self._answered(outcome))

    def _answered(self, reply: Reply) -> Exchange:
        return Exchange(
            method=self.method,
            path=self.path,
            request_body=self.body or b"",
            status=reply.status,
            response_body=reply.body,
            milliseconds=reply.milliseconds,
            request_id=reply.headers.get("x-request-id"),
            retry_after=reply.retry_after,
        )

    def _unanswered(self, failure: Failure) -> Exchange:
        return Exchange(
            method=self.method,
            path=self.path,
            request_body=self.body or b"",
            status=failure.status,
            milliseconds=failure.milliseconds,
            failure=failure.detail,
        )


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

    def get(self, code: str) -> Call[FetchedOrder]:
        return Call("GET", _path(code), fetched)

    def accept(self, code: str, request: AcceptRequest) -> Call[Exchange]:
        return _post(code, "accept", encode(request))

    def reject(self, code: str, request: RejectRequest) -> Call[Exchange]:
        return _post(code, "reject", encode(request))

    def upload_invoice(self, code: str) -> Call[Exchange]:
        """Its body is an `uploads.Form` around the file."""
        return _post(code, "invoices")

    def set_as_ready(self, code: str) -> Call[Exchange]:
        return _post(code, "set_as_ready")

    def set_as_not_ready(self, code: str) -> Call[Exchange]:
        return _post(code, "set_as_not_ready")

    def tracking_details(self, code: str, request: TrackingRequest) -> Call[Exchange]:
        return _post(code, "tracking_details", encode(request))

    def trigger_webhook_request(self, code: str, trigger: WebhookTrigger) -> Call[Exchange]:
        return _post(code, f"trigger_webhook_request/{WebhookTrigger(trigger)}")

    def events(self, after: str | None, limit: int | None) -> Call[FetchedEvents]:
        path = EVENTS_PATH + journal.query(after=after, limit=limit)
        return Call("GET", path, journal.events)

    def newest_event(self) -> Call[str]:
        return Call("GET", f"{EVENTS_PATH}/newest", journal.newest)

    def orders(
        self,
        state: str | None,
        updated_after: datetime | None,
        cursor: str | None,
        limit: int | None,
    ) -> Call[FetchedOrders]:
        path = ORDERS_PATH + journal.query(
            state=state, updated_after=updated_after, cursor=cursor, limit=limit
        )
        return Call("GET", path, journal.orders)

    def webhook(self) -> Call[WebhookStanding]:
        return Call("GET", WEBHOOK_STANDING_PATH, standing)

    def url(self, call: Call[Result]) -> str:
        """Already percent-encoded: it must be sent as it is."""
        return self.base_url.rstrip("/") + call.path

    def headers(self, call: Call[Result]) -> dict[str, str]:
        """Every header the call needs, the token among them: not for the record."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Accept": api_media_type(self.vendor),
            "Accept-Encoding": "identity",
        }
        if call.body is not None:
            headers["Content-Type"] = JSON_MEDIA_TYPE
        return headers


def _post(code: str, verb: str, body: bytes | None = None) -> Call[Exchange]:
    return Call("POST", f"{_path(code)}/{verb}", confirmed, body)


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
    usable = 1 <= len(code) <= MAX_CODE_LENGTH and code not in {".", ".."}
    with suppress(UnicodeEncodeError):
        if usable:
            return f"{ORDERS_PATH}/{quote(code, safe='')}"
    raise ValueError(f"code: give an order's code, 1 to {MAX_CODE_LENGTH} characters of text")
