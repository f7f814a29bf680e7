"""The OpenAPI 3.1 document: everything that crosses the wire, from what serves it."""

from collections.abc import Iterable, Mapping

from smartcart.marketplace.api.extensions import EXTENSIONS
from smartcart.marketplace.api.operation import Operation
from smartcart.marketplace.api.table import OPERATIONS
from smartcart.marketplace.reference import answers, calls, schemas
from smartcart.marketplace.reference.files import FILES
from smartcart.marketplace.reference.sandbox import SANDBOX
from smartcart.marketplace.reference.schemas import Schema
from smartcart.marketplace.reference.webhooks import NEW, UPDATED, webhooks

_DESCRIPTION = """\
How a marketplace and its merchants trade orders.

The marketplace sends each order to the merchant's **webhook** when it is new and when it changes. \
The merchant answers through the **Orders API** by the order's `code`, with one bearer token a \
shop and the `Accept` header of the calls below.

Checks are made in this order: token (401), `Accept` (406), the shop's switch (403), the order \
(404), the body (400, 422), the order's state (422), its options (422). Another shop's order is \
answered like an unknown one. An unknown path is a 404, a method that a path does not have a 405 \
with `Allow`. Every refusal has the same form.

Readers let be what they do not know: lists of values and keys of objects may grow.

The calls marked as ours are on top of the published contract; another marketplace has none of \
them, and answers them with a 404."""


_BODIES: Mapping[str, str] = {
    "request_accept": "With a pickup",
    "request_accept_store_pickup": "Collected by the customer: there is no window to choose",
    "request_reject_lines": "Line by line",
    "request_reject_other": "As a whole",
    "request_tracking_details": "Two parcels",
}


def document(vendor: str, user_agent: str) -> Schema:
    """The document of a marketplace with these names (contract §2, §5)."""
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Smart Cart",
            "version": "3.0",
            "description": _DESCRIPTION,
        },
        "paths": _paths(vendor),
        "webhooks": webhooks(user_agent),
        "x-sandbox": SANDBOX,
        "components": {
            "schemas": schemas.components(),
            "responses": answers.components(vendor),
            "parameters": calls.parameters(vendor),
            "examples": _examples(),
            "securitySchemes": {
                calls.SCHEME: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "One a shop; making a new one ends the old one at once.",
                }
            },
        },
    }


def _paths(vendor: str) -> dict[str, Schema]:
    described = [
        *((each, calls.of_orders(each, vendor)) for each in (*OPERATIONS, *EXTENSIONS)),
        *((each, calls.of_file(each)) for each in FILES),
    ]
    paths: dict[str, Schema] = {}
    for operation, found in described:
        paths.setdefault(operation.path, {})[operation.method.lower()] = found
    return paths


def _examples() -> dict[str, Schema]:
    summaries = {**NEW, **UPDATED, **_BODIES}
    return {
        name: {"summary": summaries.get(name, _in_words(name)), "value": answers.value(name)}
        for name in sorted(_used())
    }


def _used() -> Iterable[str]:
    operations: tuple[Operation, ...] = (*OPERATIONS, *EXTENSIONS, *FILES)
    return {*NEW, *UPDATED, *(name for each in operations for name in each.examples)}


def _in_words(name: str) -> str:
    """`order_gift_wrap`: "Gift wrap"."""
    return name.partition("_")[2].replace("_", " ").capitalize()
