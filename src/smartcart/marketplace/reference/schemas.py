"""JSON Schemas of the contract's types (2020-12, which is OpenAPI 3.1's).

There are two readings of a type. What we *write* always has the keys that have a value by default,
and never a null where a key is left out instead. What we *admit* may write numbers as text and text
as numbers, and null for absent (contract §2): exactly what `contract.codec` reads.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from smartcart.contract import (
    AcceptRequest,
    Errors,
    Event,
    EventPage,
    IpRanges,
    Newest,
    OrderBody,
    OrderPage,
    RejectedLine,
    Success,
    TrackingRequest,
    WebhookStanding,
)
from smartcart.contract.wire import Wire
from smartcart.marketplace.reference import descriptions

Schema = dict[str, Any]

REF = "#/components/schemas/"
_WRITTEN = (
    OrderBody, Event, Errors, Success, IpRanges, EventPage, OrderPage, Newest, WebhookStanding,
)  # fmt: skip
_ADMITTED = (AcceptRequest, RejectedLine, TrackingRequest)
_INTEGER_AS_TEXT = {"type": "string", "pattern": "^(-?(0|[1-9][0-9]{0,17}))?$"}
_EMPTY = {"enum": [None, ""]}
_TEXT = {"type": ["string", "number"]}
_NULL = {"type": "null"}


def ref(kind: type[Wire] | str) -> Schema:
    return {"$ref": f"{REF}{kind if isinstance(kind, str) else kind.__name__}"}


def components() -> dict[str, Schema]:
    """Every schema of the document, by name."""
    return {
        **_described(_WRITTEN, _as_written, _open),
        **_described(_ADMITTED, _as_admitted, _closed),
        "RejectRequest": _reject_request(),
    }


def _described(
    kinds: tuple[type[Wire], ...],
    read: Callable[[Schema], Schema],
    listed: Callable[[Schema, list[str]], Schema],
) -> dict[str, Schema]:
    _, found = msgspec.json.schema_components(kinds, ref_template=REF + "{name}")
    named = {kind.__name__: kind for kind in _structs(kinds)}
    return {
        name: _with_words(_inlined(read(schema), found, read), named[name], listed)
        for name, schema in found.items()
        if name in named
    }


def _with_words(
    schema: Schema, kind: type[msgspec.Struct], listed: Callable[[Schema, list[str]], Schema]
) -> Schema:
    """The schema with descriptions, and the values its fields are known to have."""
    properties = dict(schema["properties"])
    for name, values in descriptions.values_of_fields(kind).items():
        properties[name] = listed(properties[name], values)
    for name, text in descriptions.of_fields(kind).items():
        properties[name] = {**properties[name], "description": text}
    return {**schema, "description": descriptions.of_type(kind), "properties": properties}


def _as_written(schema: Schema) -> Schema:
    properties: dict[str, Schema] = schema["properties"]
    return {
        "type": "object",
        "required": [name for name, each in properties.items() if "default" not in each],
        "properties": {name: _exactly(each) for name, each in properties.items()},
    }


def _exactly(schema: Schema) -> Schema:
    """A key with a default is left out when it has no value, the others are null then."""
    kinds = [_amount(each) for each in _alternatives(schema)]
    return _merged([each for each in kinds if each != _NULL or "default" not in schema])


def _amount(schema: Schema) -> Schema:
    """Money is a number on the wire; msgspec has no word for that."""
    return {"type": "number"} if schema.get("format") == "decimal" else schema


def _alternatives(schema: Schema) -> Iterator[Schema]:
    if "anyOf" not in schema:
        yield schema
    for part in schema.get("anyOf", ()):
        yield from _alternatives(part)


def _merged(schemas: list[Schema]) -> Schema:
    """One schema for several: what is said of text says nothing of numbers."""
    if len(schemas) > 1 and any("type" not in each or "items" in each for each in schemas):
        return {"anyOf": schemas}
    kinds = [kind for each in schemas for kind in _kinds(each)]
    together = {key: value for each in schemas for key, value in each.items()}
    return {**together, "type": kinds} if len(kinds) > 1 else together


def _kinds(schema: Schema) -> list[str]:
    kind = schema.get("type", [])
    return kind if isinstance(kind, list) else [kind]


def _as_admitted(schema: Schema) -> Schema:
    required = schema["required"]
    return {
        "type": "object",
        "required": required,
        "properties": {
            name: _leniently(each, nullable=name not in required)
            for name, each in schema["properties"].items()
        },
    }


def _leniently(schema: Schema, *, nullable: bool) -> Schema:
    kinds = [each for part in _alternatives(schema) for each in _admitted(part) if part != _NULL]
    return _merged([*kinds, _NULL] if nullable else kinds)


def _admitted(schema: Schema) -> tuple[Schema, ...]:
    match schema.get("type"):
        case "integer":
            return schema, _INTEGER_AS_TEXT
        case "string":
            return (_TEXT,)
        case "array":
            return (_some_of(schema["items"]),)
    return (schema,)


def _some_of(item: Schema) -> Schema:
    """A list of at least one; nulls in it do not count."""
    return {"type": "array", "items": {"anyOf": [item, _NULL]}, "contains": item}


def _open(schema: Schema, values: list[str]) -> Schema:
    """A list that others may lengthen: readers let be what they do not know (contract §4)."""
    if "items" in schema:
        return {**schema, "items": _open(schema["items"], values)}
    others = schema.get("anyOf", [schema])
    return {"anyOf": [{"enum": values}, *others]}


def _closed(_schema: Schema, values: list[str]) -> Schema:
    return {"enum": values}


def _inlined(schema: Schema, found: dict[str, Schema], read: Callable[[Schema], Schema]) -> Schema:
    """With generic types, whose names nobody could read, put where they are used."""
    properties = {name: _generic(each, found, read) for name, each in schema["properties"].items()}
    return {**schema, "properties": properties}


def _generic(schema: Schema, found: dict[str, Schema], read: Callable[[Schema], Schema]) -> Schema:
    name = schema.get("$ref", "").removeprefix(REF)
    if "[" not in found.get(name, {}).get("title", ""):
        return schema
    return {"description": found[name]["description"], **read(found[name])}


def _reject_request() -> Schema:
    """One of two forms; the key of the other may be there, with nothing in it."""
    return {
        "description": "Either the lines that cannot be delivered, each once, or one reason for "
        "the whole order in words.",
        "oneOf": [
            {
                "title": "Lines",
                "type": "object",
                "required": ["line_items"],
                "properties": {
                    "line_items": _some_of(ref(RejectedLine)),
                    "rejection_reason_other": _EMPTY,
                },
            },
            {
                "title": "The whole order",
                "type": "object",
                "required": ["rejection_reason_other"],
                "properties": {
                    "rejection_reason_other": {**_TEXT, "pattern": r"\S"},
                    "line_items": {"anyOf": [{"type": "array", "items": _NULL}, _EMPTY]},
                },
            },
        ],
    }


def _structs(kinds: Iterable[type[Wire]]) -> set[type[msgspec.Struct]]:
    """The types that those are made of, generic ones left out."""
    infos = msgspec.inspect.multi_type_info(kinds)
    found: set[type[msgspec.Struct]] = set()
    waiting: list[object] = list(infos)
    while waiting:
        each = waiting.pop()
        if isinstance(each, msgspec.inspect.StructType) and each.cls not in found:
            found.add(each.cls)
            waiting += [field.type for field in each.fields]
        waiting += [getattr(each, name) for name in ("type", "item_type") if hasattr(each, name)]
        waiting += getattr(each, "types", ())
    return found
