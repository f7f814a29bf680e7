"""Reading a document that does not fit at first sight."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

import msgspec

from smartcart.contract.errors import ContractError, NotAJsonObject
from smartcart.contract.wire import Wire

__all__ = ["UNREADABLE", "JsonObject", "read_patiently", "rightly_named", "same"]

T = TypeVar("T", bound=Wire)

JsonObject = dict[object, object]
Repair = Callable[[JsonObject], JsonObject]

# A number of 5,000 digits and a string cut short are DecodeErrors, bytes that are not UTF-8 are
# not, and neither is junk nested deeper than the interpreter may go.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_untyped = msgspec.json.Decoder(float_hook=Decimal)
_FAULT = re.compile(r"(?P<what>.*?)(?:, got `[^`]*`)?(?: - at `\$\.?(?P<where>.*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.+)`")


def read_patiently(data: bytes, into: type[T], repair: Repair) -> T:
    """The document in `data`, repaired, nulls absent, and values taken for what they mean.

    Raises `ContractError` as the readers of `codec` promise.
    """
    try:
        document = _without_nulls(repair(_json_object(data)))
        return _convert(document, into)
    except RecursionError as error:
        raise NotAJsonObject("The document is nested too deeply.") from error


def _convert(document: object, into: type[T]) -> T:
    try:
        return msgspec.convert(document, into, strict=False)
    except msgspec.ValidationError:
        pass
    try:
        # Text is taken for a number where one is expected, but never the other way round.
        return msgspec.convert(_as_text(document), into, strict=False)
    except msgspec.ValidationError as error:
        raise _fault(error) from error


def _json_object(data: bytes) -> JsonObject:
    try:
        document: object = _untyped.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotAJsonObject(f"The document is not JSON: {error}.") from error
    if not isinstance(document, dict):
        raise NotAJsonObject("The document is JSON, but not an object; send {...}.")
    return document


def same(document: JsonObject) -> JsonObject:
    """The repair of a document that needs none of its own."""
    return document


def rightly_named(document: JsonObject) -> JsonObject:
    """An event or `GET` body with the order's mis-named keys under their right names.

    Published documents say `replaced_suborder` for `replaced` (contract §4, §6). A bare order is
    put where the body has it.
    """
    if "order" not in document and "code" in document:
        document = {"order": document}
    order = document.get("order")
    if not isinstance(order, dict):
        return document
    replaced = order.get("replaced") or order.get("replaced_suborder")
    if isinstance(replaced, dict):
        replaced = replaced.get("code")
    return {**document, "order": {**order, "replaced": replaced}}


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_without_nulls(v) for v in value if v is not None]
    return value


def _as_text(value: object) -> object:
    """With every number as text, and without keys whose text is empty."""
    if isinstance(value, dict):
        return {k: _as_text(v) for k, v in value.items() if v != ""}
    if isinstance(value, list):
        return [_as_text(v) for v in value]
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return value


def _fault(error: msgspec.ValidationError) -> ContractError:
    """The decoder's complaint, taken apart into the field at fault and what is expected there.

    What the decoder got is left out: after `_as_text` it is not what was sent.
    """
    match = _FAULT.fullmatch(str(error))
    what, where = (match["what"], match["where"] or "") if match else (str(error), "")
    missing = _MISSING.fullmatch(what)
    if missing:
        return ContractError(f"{where}.{missing[1]}".lstrip("."), "This field is required.")
    return ContractError(where, what + ".")
