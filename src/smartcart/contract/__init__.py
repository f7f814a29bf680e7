"""What crosses the wire between a marketplace and its merchants, as plain immutable types.

A merchant's program reads what arrives at its webhook URL with `parse_event`, in any web framework:

    event = parse_event(body)                    # ContractError names what is wrong
    event.order.code, event.order.state          # 'open' == OrderState.OPEN
    to_cents(event.order.line_items[0].unit_price)

and answers through the Orders API with an `AcceptRequest` or a `RejectRequest`, written with
`encode`. A marketplace builds `Order` and `Event`, writes them the same way, and reads requests
with `parse_accept` and `parse_reject`.

Reading forgives (nearly everything may be missing or null, unknown keys and values are let be);
writing is exact. Nothing here does I/O, looks at a clock, or imports the rest of the package.
"""

from smartcart.contract.codec import (
    encode,
    parse_accept,
    parse_envelope,
    parse_errors,
    parse_event,
    parse_order,
    parse_reject,
    parse_tracking,
)
from smartcart.contract.errors import (
    ContractError,
    ErrorItem,
    Errors,
    NotAJsonObject,
    Success,
    refusal,
)
from smartcart.contract.events import Change, Changes, Envelope, Event, IpRanges
from smartcart.contract.extensions import (
    EventPage,
    Newest,
    OrderPage,
    WebhookAttempt,
    WebhookStanding,
)
from smartcart.contract.feed import FeedItem, FeedProblem, FeedVariation, read_feed
from smartcart.contract.labels import PickupInterval, format_pickup_label, parse_pickup_label
from smartcart.contract.money import to_cents, to_euros
from smartcart.contract.order import (
    AcceptOptions,
    Address,
    Customer,
    Fees,
    InvoiceAddress,
    InvoiceDetails,
    LineItem,
    Order,
    OrderBody,
    PickupLocation,
    PickupWindow,
    PickupWindowOption,
    RejectionInfo,
    RejectionReasonOption,
    RejectOptions,
    Replacement,
    Return,
    Size,
    VatExclusionRepresentative,
)
from smartcart.contract.requests import (
    AcceptRequest,
    RejectedLine,
    RejectRequest,
    TrackingDetail,
    TrackingRequest,
)
from smartcart.contract.text import lines
from smartcart.contract.times import ATHENS, athens, from_micros, to_micros
from smartcart.contract.vocabulary import (
    REJECTION_REASONS,
    EventType,
    InvoiceDocument,
    LineRejection,
    OrderState,
    PaymentMethod,
    RejectionReason,
    api_media_type,
)

__all__ = [
    "ATHENS",
    "REJECTION_REASONS",
    "AcceptOptions",
    "AcceptRequest",
    "Address",
    "Change",
    "Changes",
    "ContractError",
    "Customer",
    "Envelope",
    "ErrorItem",
    "Errors",
    "Event",
    "EventPage",
    "EventType",
    "FeedItem",
    "FeedProblem",
    "FeedVariation",
    "Fees",
    "InvoiceAddress",
    "InvoiceDetails",
    "InvoiceDocument",
    "IpRanges",
    "LineItem",
    "LineRejection",
    "Newest",
    "NotAJsonObject",
    "Order",
    "OrderBody",
    "OrderPage",
    "OrderState",
    "PaymentMethod",
    "PickupInterval",
    "PickupLocation",
    "PickupWindow",
    "PickupWindowOption",
    "RejectOptions",
    "RejectRequest",
    "RejectedLine",
    "RejectionInfo",
    "RejectionReason",
    "RejectionReasonOption",
    "Replacement",
    "Return",
    "Size",
    "Success",
    "TrackingDetail",
    "TrackingRequest",
    "VatExclusionRepresentative",
    "WebhookAttempt",
    "WebhookStanding",
    "api_media_type",
    "athens",
    "encode",
    "format_pickup_label",
    "from_micros",
    "lines",
    "parse_accept",
    "parse_envelope",
    "parse_errors",
    "parse_event",
    "parse_order",
    "parse_pickup_label",
    "parse_reject",
    "parse_tracking",
    "read_feed",
    "refusal",
    "to_cents",
    "to_euros",
    "to_micros",
]
