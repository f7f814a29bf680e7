"""Every operation of the Orders API as a call of our own clients, and what each may raise."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import cast

import pytest

from smartcart.client import (
    AcceptRequest,
    BadRequest,
    Exchange,
    FetchedOrder,
    NotFound,
    NotSupported,
    OrdersApiError,
    OrdersClient,
    RejectRequest,
    TooLarge,
    ToolOff,
    TooManyRequests,
    TrackingRequest,
    Unauthorized,
    Unprocessable,
    WebhookTrigger,
)
from smartcart.marketplace.api import table
from tests.contract.refusals import CHOICE, Attempt
from tests.support.market_shop import Shop

RAISED: Mapping[int, type[OrdersApiError]] = {
    400: BadRequest,
    401: Unauthorized,
    403: ToolOff,
    404: NotFound,
    406: NotSupported,
    413: TooLarge,
    422: Unprocessable,
    429: TooManyRequests,
}
"""The one exception for each status that refuses."""

CALLS: Mapping[str, Callable[[OrdersClient, Attempt], Awaitable[FetchedOrder | Exchange]]] = {
    table.SHOW.name: lambda client, it: client.get(it.code),
    table.ACCEPT.name: lambda client, it: client.accept(it.code, cast("AcceptRequest", it.sent)),
    table.REJECT.name: lambda client, it: client.reject(it.code, cast("RejectRequest", it.sent)),
    table.UPLOAD_INVOICE.name: lambda client, it: client.upload_invoice(
        it.code, cast("bytes", it.sent), filename=it.filename
    ),
    table.SET_AS_READY.name: lambda client, it: client.set_as_ready(it.code),
    table.SET_AS_NOT_READY.name: lambda client, it: client.set_as_not_ready(it.code),
    table.TRACK.name: lambda client, it: client.tracking_details(
        it.code, cast("TrackingRequest", it.sent)
    ),
    table.TRIGGER.name: lambda client, it: client.trigger_webhook_request(
        it.code, WebhookTrigger(it.kind)
    ),
}
"""Every operation as a client's call, with whatever document: callers need not check types."""


async def raised(client: OrdersClient, attempt: Attempt) -> OrdersApiError:
    with pytest.raises(OrdersApiError) as caught:
        await CALLS[attempt.operation.name](client, attempt)
    return caught.value


def tried(shop: Shop, code: str, lines: object) -> Iterator[Attempt]:
    """Every call there is, with something that is on offer if anything is."""
    for operation in table.OPERATIONS:
        match operation:
            case table.ACCEPT:
                window = None if code == "DEMO-STORE-PICKUP" else 1
                yield Attempt(shop, operation, code, {**CHOICE, "pickup_window": window})
            case table.TRIGGER:
                for kind in WebhookTrigger:
                    yield Attempt(shop, operation, code, kind=kind)
            case _:
                yield Attempt(shop, operation, code)
    yield Attempt(shop, table.REJECT, code, {"line_items": lines})
