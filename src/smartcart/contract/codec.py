"""Documents to types and back: reading forgives, writing is exact (contract §4).

Nearly every document decodes straight into its type. One that does not is read again more
patiently: nulls count as absent, so does empty text where it cannot be read, numbers written as
text and text written as numbers are taken for what they mean, and known mis-named keys are read
under their right name. What still does not fit raises `ContractError` naming the field.

Every reader takes the bytes of one document, with or without a byte order mark, and raises nothing
but `ContractError`; `NotAJsonObject`, a kind of it, when they are no JSON object at all. Of a key
that occurs twice the last value counts.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from smartcart.contract.amounts import check_amounts
from smartcart.contract.errors import ContractError, Errors, NotAJsonObject
from smartcart.contract.events import Envelope, Event
from smartcart.contract.order import Order, OrderBody
from smartcart.contract.patience import (
    UNREADABLE,
    JsonObject,
    read_patiently,
    rightly_named,
    same,
)
from smartcart.contract.requests import AcceptRequest, RejectRequest, TrackingRequest
from smartcart.contract.wire import Time, Wire

__all__ = [
    "encode",
    "parse_accept",
    "parse_envelope",
    "parse_errors",
    "parse_event",
    "parse_order",
    "parse_reject",
    "parse_tracking",
]

T = TypeVar("T", bound=Wire)
V = TypeVar("V")

_BOM = b"\xef\xbb\xbf"
_encoder = msgspec.json.Encoder(decimal_format="number")


def encode(document: Wire) -> bytes:
    """The document as UTF-8 JSON: Greek as it is, money as numbers with the places it has.

    Optional keys are left out when they are `None`; everything else is written.
    """
    return _encoder.encode(document)


class _Reader(Generic[T]):
    """Reads one kind of document: straight if it fits, patiently if not."""

    def __init__(
        self,
        into: type[T],
        repair: Callable[[JsonObject], JsonObject],
        misnamed: bytes | None = None,
        *,
        strict: bool = True,
    ) -> None:
        self._into = into
        self._repair = repair
        self._misnamed = misnamed
        self._decoder = msgspec.json.Decoder(into, strict=strict)

    def read(self, data: bytes) -> T:
        data = data.removeprefix(_BOM)
        if self._misnamed is None or self._misnamed not in data:
            try:
                return self._decoder.decode(data)
            except UNREADABLE:
                pass
        return read_patiently(data, self._into, self._repair)


_orders = _Reader(OrderBody, rightly_named, b"replaced_suborder")
_events = _Reader(Event, rightly_named, b"replaced_suborder")
_errors = _Reader(Errors, same)
_accepts = _Reader(AcceptRequest, same, strict=False)
_rejects = _Reader(RejectRequest, same, strict=False)
_trackings = _Reader(TrackingRequest, same, strict=False)


def parse_order(data: bytes) -> Order:
    """The order in the answer to `GET /:code`, `{"order": {...}}`; a bare order will do too."""
    order = _orders.read(data).order
    check_amounts(order)
    return order


def parse_event(data: bytes) -> Event:
    """A webhook request's body. `Event.raw` holds `data` itself.

    Raises `ContractError` for a document without an order, such as an event about something else:
    `parse_envelope` tells what arrived.
    """
    event = _events.read(data)
    check_amounts(event.order)
    event.__dict__["raw_document"] = data
    return event


def parse_errors(data: bytes) -> Errors:
    """The body of a refusal. Raises `ContractError` when the answer is none, an HTML page say."""
    return _errors.read(data)


def parse_accept(data: bytes) -> AcceptRequest:
    """The body of an accept; whether its choices are on offer is for the order to say."""
    return _accepts.read(data)


def parse_reject(data: bytes) -> RejectRequest:
    """The body of a reject, in one of its two forms.

    Raises `ContractError` for both forms or neither, and for a line named twice.
    """
    request = _rejects.read(data)
    lines, other = (
        request.line_items or None,
        (request.rejection_reason_other or "").strip() or None,
    )
    if (lines is None) == (other is None):
        raise ContractError(
            "line_items",
            "Send either line_items, at least one, or rejection_reason_other, not both.",
        )
    ids = [line.id for line in lines or ()]
    if len(set(ids)) < len(ids):
        raise ContractError("line_items", "A line is named twice; name each once.")
    return RejectRequest(line_items=lines, rejection_reason_other=other)


def parse_tracking(data: bytes) -> TrackingRequest:
    """The body of a tracking update. Raises `ContractError` for an empty list."""
    request = _trackings.read(data)
    if not request.tracking_details:
        raise ContractError("tracking_details", "Send at least one courier and tracking code.")
    return request


class _AnyOrder(Wire, frozen=True, kw_only=True):
    code: msgspec.Raw = msgspec.Raw()


class _AnyEvent(Wire, frozen=True, kw_only=True):
    event_type: msgspec.Raw = msgspec.Raw()
    event_time: msgspec.Raw = msgspec.Raw()
    order: msgspec.Raw = msgspec.Raw()


_any_events = _Reader(_AnyEvent, same)
_texts = msgspec.json.Decoder(str)
_times = msgspec.json.Decoder[datetime](Time)
_any_orders = msgspec.json.Decoder(_AnyOrder)


def parse_envelope(data: bytes) -> Envelope:
    """What can be told of any event, known or not; for every JSON object there is an answer.

    Raises `NotAJsonObject` alone. What is missing or unreadable is empty in the answer.
    """
    _check_utf8(data)
    event = _any_events.read(data)
    order = _lenient(_any_orders, event.order)
    return Envelope(
        event_type=_lenient(_texts, event.event_type) or "",
        event_time=_lenient(_times, event.event_time),
        order_code=(_lenient(_texts, order.code) or "") if order else "",
    )


def _check_utf8(data: bytes) -> None:
    """The decoder passes over text it does not need without looking; whoever stores it does not."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise NotAJsonObject(f"The document is not UTF-8: {error}.") from error


def _lenient(decoder: msgspec.json.Decoder[V], value: msgspec.Raw) -> V | None:
    try:
        return decoder.decode(value)
    except UNREADABLE:
        return None
