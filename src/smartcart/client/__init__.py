"""A client of the Orders API, for our own merchant half and for anybody's code.

    async with open_session() as session:
        client = OrdersClient(session, "https://api.example.com", token)
        fetched = await client.get(code)
        options = fetched.order.accept_options
        ...
        await client.accept(code, AcceptRequest(pickup_location=..., pickup_window=...))

It serves Skroutz and any marketplace of ours alike. What its exceptions promise is in
`smartcart.client.errors`; `smartcart.client.protocol` is the same without I/O.
"""

from smartcart.client.backoff import backoff
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
from smartcart.client.orders import FetchedOrder, OrdersClient
from smartcart.contract import AcceptRequest, RejectedLine, RejectRequest
from smartcart.kit.egress import open_session

__all__ = [
    "AcceptRequest",
    "AnswerLost",
    "BadRequest",
    "Exchange",
    "FetchedOrder",
    "InvalidAnswer",
    "NotFound",
    "OrdersApiError",
    "OrdersClient",
    "Refused",
    "RejectRequest",
    "RejectedLine",
    "ServerFailed",
    "TooManyRequests",
    "ToolOff",
    "Unauthorized",
    "Unavailable",
    "Unprocessable",
    "backoff",
    "open_session",
]
