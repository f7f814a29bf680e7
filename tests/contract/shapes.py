"""The shape of documents: which keys they carry at every level, and with values of which type.

Levels are named by their path, `order.line_items[].size`; a list is one level for all its items.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from msgspec import inspect

from smartcart.contract.wire import Wire
from tests.contract.published import Json

_Sighting = tuple[str, str, frozenset[str]]
"""A path, the type of a value there, and its keys where it is an object."""

_NULL = frozenset({"null"})
_TYPES = {
    type(None): "null",
    bool: "flag",
    int: "number",
    Decimal: "number",
    str: "text",
    list: "list",
    dict: "object",
}
_DOCUMENTED = {
    inspect.NoneType: "null",
    inspect.BoolType: "flag",
    inspect.IntType: "number",
    inspect.DecimalType: "number",
    inspect.StrType: "text",
    inspect.DateTimeType: "text",
    inspect.VarTupleType: "list",
    inspect.StructType: "object",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What some documents have in common, or what may be in them at all."""

    keys: Mapping[str, frozenset[str]]
    """Of objects, by path."""
    types: Mapping[str, frozenset[str]]
    """Of values, by path."""

    def missing(self, document: Json) -> list[str]:
        """The keys of this shape that the document does not carry."""
        return [
            f"{path}.{key}"
            for path, type_, keys in _sightings(document)
            if type_ == "object"
            for key in sorted(self.keys.get(path, frozenset()) - keys)
        ]

    def unknown(self, document: Json) -> list[str]:
        """The keys that the document carries and this shape does not."""
        return [
            f"{path}.{key}"
            for path, _, keys in _sightings(document)
            for key in sorted(keys - self.keys.get(path, frozenset()))
        ]

    def mistyped(self, document: Json) -> list[str]:
        """The values of a type that this shape does not have there, where it has any but null."""
        return [
            f"{path} is {type_}"
            for path, type_, _ in _sightings(document)
            if type_ not in self.types.get(path, _NULL) and self.types.get(path, _NULL) != _NULL
        ]


def common(documents: Iterable[Json]) -> Shape:
    """The keys that all of them carry, and the types of all their values."""
    return _shape(one for document in documents for one in _sightings(document))


def documented(kind: type[Wire]) -> Shape:
    """Every key that a document of this type may have, with every type its value may have."""
    return _shape(_fields(inspect.type_info(kind), ""))


def _shape(sightings: Iterable[_Sighting]) -> Shape:
    keys: dict[str, frozenset[str]] = {}
    types: dict[str, frozenset[str]] = {}
    for path, type_, found in sightings:
        types[path] = types.get(path, frozenset()) | {type_}
        if type_ == "object":
            keys[path] = keys.get(path, found) & found
    return Shape(keys, types)


def _sightings(value: Json, path: str = "") -> Iterator[_Sighting]:
    yield path, _TYPES[type(value)], frozenset(value if isinstance(value, dict) else ())
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _sightings(below, f"{path}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from _sightings(item, f"{path}[]")


def _fields(info: inspect.Type, path: str) -> Iterator[_Sighting]:
    match info:
        case inspect.UnionType(types=kinds):
            for kind in kinds:
                yield from _fields(kind, path)
            return
        case inspect.Metadata(type=kind):
            yield from _fields(kind, path)
            return
        case inspect.StructType(fields=fields):
            yield path, "object", frozenset(field.encode_name for field in fields)
            for field in fields:
                yield from _field(field, f"{path}.{field.encode_name}")
            return
        case inspect.VarTupleType(item_type=item):
            yield from _fields(item, f"{path}[]")
    yield path, _DOCUMENTED[type(info)], frozenset()


def _field(field: inspect.Field, path: str) -> Iterator[_Sighting]:
    """An optional key is left out: it is never null (contract §4)."""
    optional = field.default is None
    found = _fields(field.type, path)
    return (one for one in found if not (optional and one[:2] == (path, "null")))
