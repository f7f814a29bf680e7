"""What somebody hands in to be placed: a cart, or an order written as the contract writes one."""

from collections.abc import Mapping

import msgspec
from msgspec import Raw

from smartcart import contract
from smartcart.contract import ContractError, parse_order
from smartcart.contract.patience import UNREADABLE
from smartcart.marketplace.domain.placement import Cart
from smartcart.marketplace.domain.refusal import RefusalCode, Refused

_Fields = dict[str, Raw]

_BOM = b"\xef\xbb\xbf"
_OF_ORDER = {"code": Raw(b'"new"'), "state": Raw(b'"open"')}
_OF_LINE = {"id": Raw(b'"new"')}


def read(data: bytes) -> Cart | contract.Order:
    """The document in `data`: a cart has `lines`, an order `line_items`.

    An order may be bare, under `order` as `GET /:code` answers it, or the whole body of a webhook
    request. What the marketplace gives an order anyway need not be there: its `code`, its `state`
    (open), the `id` of a line. Raises `Refused` for anything else, naming the field.
    """
    data = data.removeprefix(_BOM)
    document = _fields(data)
    order = _fields(document["order"]) if "order" in document else document
    if "line_items" in order:
        return _order(order)
    if "lines" in document:
        return _cart(data)
    raise Refused(
        RefusalCode.ORDER, "neither a cart, which has lines, nor an order, which has line_items"
    )


def _fields(data: bytes | Raw) -> _Fields:
    try:
        return msgspec.json.decode(data, type=_Fields)
    except UNREADABLE as error:
        raise Refused(RefusalCode.ORDER, f"not a JSON object: {error}") from None


def _cart(data: bytes) -> Cart:
    try:
        return msgspec.json.decode(data, type=Cart)
    except UNREADABLE as error:
        raise Refused(RefusalCode.CART, f"not a cart: {error}") from None


def _order(order: _Fields) -> contract.Order:
    whole = {**_completed(order, _OF_ORDER), "line_items": _lines(order["line_items"])}
    try:
        return parse_order(msgspec.json.encode({"order": whole}))
    except ContractError as error:
        field = error.field.removeprefix("order").lstrip(".")
        raise Refused(RefusalCode.ORDER, f"{field}: {error.message}".lstrip(": ")) from None


def _lines(lines: Raw) -> Raw | list[_Fields]:
    try:
        given = msgspec.json.decode(lines, type=list[_Fields])
    except UNREADABLE:
        return lines
    return [_completed(line, _OF_LINE) for line in given]


def _completed(given: _Fields, missing: Mapping[str, Raw]) -> _Fields:
    return {**missing, **{name: value for name, value in given.items() if bytes(value) != b"null"}}
