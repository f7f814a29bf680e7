"""Every call of the Orders API, with arguments that are enough for it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from smartcart.client import (
    AcceptRequest,
    Exchange,
    FetchedOrder,
    OrdersApiError,
    OrdersClient,
    RejectedLine,
    RejectRequest,
    TrackingDetail,
    TrackingRequest,
    WebhookTrigger,
)
from tests.support.http_sink import json_reply

ORDER = '{"order":{"code":"240101-1","state":"open","comments":"Καλημέρα"}}'.encode()
SUCCESS = json_reply(200, b'{"success":true}')
PDF = b"%PDF-1.7 the invoice"

ACCEPT = AcceptRequest(pickup_location="l", pickup_window=3)
REJECT = RejectRequest(line_items=(RejectedLine(id="a", reason_id=1),))
IN_WORDS = RejectRequest(rejection_reason_other="Πλημμύρα")
TRACKING = TrackingRequest(
    tracking_details=(TrackingDetail(courier="acs", tracking_code="123"),),
)

Calling = Callable[[OrdersClient], Awaitable[FetchedOrder | Exchange]]


@dataclass(frozen=True)
class Made:
    """A call, and what it is on the wire."""

    name: str
    call: Calling
    method: str
    path: str
    body: bytes = b""


def _trigger(kind: str) -> Made:
    trigger = WebhookTrigger(kind)
    path = f"/trigger_webhook_request/{kind}"
    return Made(kind, lambda client: client.trigger_webhook_request("C", trigger), "POST", path)


GET = Made("get", lambda client: client.get("C"), "GET", "")
ACCEPTING = Made(
    "accept",
    lambda client: client.accept("C", ACCEPT),
    "POST",
    "/accept",
    b'{"pickup_location":"l","pickup_window":3,"number_of_parcels":1}',
)
UPLOADING = Made("invoice", lambda client: client.upload_invoice("C", PDF), "POST", "/invoices")
IN_JSON = [
    ACCEPTING,
    Made(
        "reject",
        lambda client: client.reject("C", REJECT),
        "POST",
        "/reject",
        b'{"line_items":[{"id":"a","reason_id":1}]}',
    ),
    Made(
        "reject in words",
        lambda client: client.reject("C", IN_WORDS),
        "POST",
        "/reject",
        '{"rejection_reason_other":"Πλημμύρα"}'.encode(),
    ),
    Made(
        "tracking",
        lambda client: client.tracking_details("C", TRACKING),
        "POST",
        "/tracking_details",
        b'{"tracking_details":[{"courier":"acs","tracking_code":"123"}]}',
    ),
]
WITHOUT_BODY = [
    Made("ready", lambda client: client.set_as_ready("C"), "POST", "/set_as_ready"),
    Made("not ready", lambda client: client.set_as_not_ready("C"), "POST", "/set_as_not_ready"),
    *map(_trigger, ["creation", "voucher_update", "extension", "cancellation"]),
]
POSTS = [*IN_JSON, *WITHOUT_BODY, UPLOADING]
ALL = [GET, *POSTS]

every_call = pytest.mark.parametrize("made", ALL, ids=lambda made: made.name)
every_post = pytest.mark.parametrize("made", POSTS, ids=lambda made: made.name)
each_kind = pytest.mark.parametrize(
    "made", [GET, ACCEPTING, WITHOUT_BODY[0], UPLOADING], ids=lambda made: made.name
)
"""One call of every kind of request."""


async def raised(client: OrdersClient, made: Made) -> OrdersApiError:
    with pytest.raises(OrdersApiError) as caught:
        await made.call(client)
    return caught.value
