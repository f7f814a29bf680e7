"""A client of the Orders API, for anybody's code.

    async with OrdersClient.open("https://api.example.com", token) as client:
        fetched = await client.get(code)
        options = fetched.order.accept_options
        ...
        await client.accept(code, AcceptRequest(pickup_location=..., pickup_window=...))

`SyncOrdersClient` is the same without `await`. Both serve Skroutz and any marketplace of ours
alike, repeat what is safe to repeat (`Retries`), and fail with one of the exceptions below, which
say whether the call was carried out (`smartcart.client.errors`). `docs/how-to/client.md` shows
all of it; `smartcart.client.protocol` is the same without I/O.
"""

from smartcart.client.errors import (
    AnswerLost,
    BadRequest,
    Gone,
    InvalidAnswer,
    NotFound,
    NotSupported,
    OrdersApiError,
    Refused,
    ServerFailed,
    TooLarge,
    ToolOff,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    Unprocessable,
)
from smartcart.client.exchange import Exchange, FetchedOrder
from smartcart.client.journal import FetchedEvents, FetchedOrders
from smartcart.client.orders import OrdersClient
from smartcart.client.protocol import WebhookTrigger
from smartcart.client.retries import Retries, backoff
from smartcart.client.sync import SyncOrdersClient
from smartcart.client.uploads import AsyncInvoiceFile, InvoiceFile
from smartcart.contract import (
    AcceptRequest,
    RejectedLine,
    RejectRequest,
    TrackingDetail,
    TrackingRequest,
    WebhookAttempt,
    WebhookStanding,
)
from smartcart.kit.egress import open_session

__all__ = [
    "AcceptRequest",
    "AnswerLost",
    "AsyncInvoiceFile",
    "BadRequest",
    "Exchange",
    "FetchedEvents",
    "FetchedOrder",
    "FetchedOrders",
    "Gone",
    "InvalidAnswer",
    "InvoiceFile",
    "NotFound",
    "NotSupported",
    "OrdersApiError",
    "OrdersClient",
    "Refused",
    "RejectRequest",
    "RejectedLine",
    "Retries",
    "ServerFailed",
    "SyncOrdersClient",
    "TooLarge",
    "TooManyRequests",
    "ToolOff",
    "TrackingDetail",
    "TrackingRequest",
    "Unauthorized",
    "Unavailable",
    "Unprocessable",
    "WebhookAttempt",
    "WebhookStanding",
    "WebhookTrigger",
    "backoff",
    "open_session",
]
