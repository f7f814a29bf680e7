"""What may be called after a call, and with what of its answer: OpenAPI's Link Objects."""

from collections.abc import Mapping

from smartcart.marketplace.api.operation import Operation
from smartcart.marketplace.api.table import ACCEPT, OPERATIONS, REJECT, SHOW
from smartcart.marketplace.reference.schemas import Schema

_ORDER = "$response.body#/order"
_CHOICES: Mapping[str, object] = {
    ACCEPT.name: {
        "pickup_location": f"{_ORDER}/accept_options/pickup_location/0/id",
        "pickup_window": f"{_ORDER}/accept_options/pickup_window/0/id",
        "number_of_parcels": f"{_ORDER}/accept_options/number_of_parcels/0",
    },
    REJECT.name: {
        "line_items": [
            {
                "id": f"{_ORDER}/line_items/0/id",
                "reason_id": f"{_ORDER}/reject_options/line_item_rejection_reasons/0/id",
            }
        ]
    },
}


def after(operation: Operation) -> dict[str, Schema]:
    """An order that was read may be acted on; one that was acted on may be read again."""
    if operation not in OPERATIONS:
        return {}
    if operation is SHOW:
        return {each.name: _link(each, f"{_ORDER}/code") for each in OPERATIONS if each is not SHOW}
    return {SHOW.name: _link(SHOW, "$request.path.code")}


def _link(operation: Operation, code: str) -> Schema:
    link: Schema = {
        "operationId": operation.name,
        "description": operation.summary,
        "parameters": {"code": code},
    }
    if operation.name in _CHOICES:
        link["requestBody"] = _CHOICES[operation.name]
    return link
