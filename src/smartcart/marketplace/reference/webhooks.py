"""What is sent to a merchant's webhook URL (contract §5), as OpenAPI's webhooks."""

from collections.abc import Mapping

from smartcart.contract import Event, EventType, signatures
from smartcart.contract.vocabulary import (
    WEBHOOK_CONTENT_TYPE,
    WEBHOOK_REQUESTS,
    WEBHOOK_SPAN_SECONDS,
)
from smartcart.marketplace.reference.answers import examples
from smartcart.marketplace.reference.schemas import Schema, ref

TAG = "Webhook"
NEW: Mapping[str, str] = {
    "event_new_order": "A new order, to be answered",
    "event_new_order_fbs": "A new order that is accepted already: there is nothing to decide",
    "event_reissue": "What is left of a rejected order, as a new one",
}
UPDATED: Mapping[str, str] = {
    "event_acceptance": "Accepted",
    "event_voucher": "The courier's voucher is there",
    "event_rejection": "Rejected",
    "event_express": "An express order was accepted by the marketplace",
    "event_extension": "There is more time to answer",
    "event_expiry": "Not answered in time",
    "event_courier": "Another courier",
    "event_ready": "Ready for the courier, or its pickup moved",
    "event_delivery_note": "The delivery note of an FBS order is there",
    "event_cancellation": "Cancelled",
}
"""Examples of `contract.examples`, and the moment each tells of."""


def webhooks(user_agent: str) -> dict[str, Schema]:
    return {
        EventType.NEW_ORDER.value: {"post": _post(EventType.NEW_ORDER, NEW, user_agent)},
        EventType.ORDER_UPDATED.value: {
            "post": _post(EventType.ORDER_UPDATED, UPDATED, user_agent)
        },
    }


def _post(kind: EventType, moments: Mapping[str, str], user_agent: str) -> Schema:
    told = {"properties": {"event_type": {"const": kind.value}}}
    content = {"schema": {"allOf": [ref(Event), told]}, "examples": examples(moments)}
    return {
        "operationId": kind.value,
        "tags": [TAG],
        "summary": "An order is new" if kind is EventType.NEW_ORDER else "An order has changed",
        "parameters": [_user_agent(user_agent), *_SIGNATURE],
        "requestBody": {"required": True, "content": {WEBHOOK_CONTENT_TYPE: content}},
        "responses": _RESPONSES,
        "security": [],
    }


def _user_agent(name: str) -> Schema:
    return {
        "name": "User-Agent",
        "in": "header",
        "required": True,
        "description": "Who sends it; anybody can say so: check the sender's address, or "
        "the signature.",
        "schema": {"const": name},
    }


def _ours(name: str, description: str) -> Schema:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "x-ours": True,
        "description": f"{description} As standardwebhooks.com says, and only for a shop that has "
        "a signing key.",
        "schema": {"type": "string"},
    }


_SIGNATURE = (
    _ours(signatures.ID_HEADER, "The event's id, the same each time it is sent."),
    _ours(signatures.TIMESTAMP_HEADER, "When the request was made, in seconds since 1970."),
    _ours(
        signatures.SIGNATURE_HEADER,
        "`v1,` (HMAC-SHA256) or `v1a,` (Ed25519) and a signature in base64, one for each live key.",
    ),
)
_RESPONSES: Schema = {
    "200": {"description": "Taken. Only this status counts; the body does not."},
    "default": {
        "description": "Not taken, another 2xx too, and so is no answer in time: the same event "
        f"is sent again, at most {WEBHOOK_REQUESTS} times in all within "
        f"{WEBHOOK_SPAN_SECONDS // 60} minutes."
    },
}
