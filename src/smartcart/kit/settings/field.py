"""One setting: what it is called in each place, what may be written there, how it is read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import inspect

from smartcart.kit.settings.secret import Secret

_WORDS: dict[type[inspect.Type], tuple[str, str]] = {
    inspect.IntType: ("a whole number", "whole numbers"),
    inspect.FloatType: ("a number", "numbers"),
    inspect.BoolType: ("true or false", "truth values"),
    inspect.StrType: ("text", "texts"),
}
_CUSTOM_WORDS: dict[type, tuple[str, str]] = {
    Path: ("a path", "paths"),
    Secret: ("a secret", "secrets"),
}
_BOUNDS = (
    ("gt", "more than {}"),
    ("ge", "at least {}"),
    ("lt", "less than {}"),
    ("le", "at most {}"),
    ("min_length", "at least {} long"),
    ("max_length", "at most {} long"),
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a settings struct."""

    name: str
    type: object
    shape: inspect.Type
    """What `type` accepts, without its description and without None."""
    description: str
    default: object
    """`msgspec.NODEFAULT` where a value must be given."""

    @property
    def secret(self) -> bool:
        return _custom(_item(self.shape)) is Secret

    @property
    def listed(self) -> bool:
        return isinstance(self.shape, inspect.VarTupleType)

    @property
    def expected(self) -> str:
        """In words, with the bounds: "a whole number, at least 1"."""
        return ", ".join([_words(self.shape)[0], *_bounds(self.shape)])

    def convert(self, value: object) -> object:
        """`value` as the field's type; numbers and truth values may come as text.

        Raises `ValueError` when it is not one.
        """
        return msgspec.convert(value, self.type, strict=False, dec_hook=_build)

    def example(self) -> object:
        """The default where that says something, else None."""
        return None if self.secret or self.default is msgspec.NODEFAULT else self.default


def fields_of(kind: type[msgspec.Struct]) -> dict[str, Field]:
    """The fields of a settings struct by name, in its order.

    Raises `TypeError` for a field without a description or of a type settings cannot have.
    """
    return {field.name: _field(kind, field) for field in msgspec.structs.fields(kind)}


def table_of(field: Field) -> type[msgspec.Struct] | None:
    """What each item of a setting is, when it is a table with settings of its own."""
    item = _item(field.shape)
    return item.cls if field.listed and isinstance(item, inspect.StructType) else None


def in_toml(value: object) -> str:
    """A setting's value as it is written in a TOML file; a secret's is not shown."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case tuple():
            return f"[{', '.join(map(in_toml, value))}]"
        case _:
            return msgspec.json.encode(str(value)).decode()


def in_variable(value: object) -> str:
    """A setting's value as it is written in an environment variable; a secret's is not shown."""
    match value:
        case bool():
            return str(value).lower()
        case tuple():
            return ",".join(map(in_variable, value))
        case _:
            return str(value)


def _field(kind: type[msgspec.Struct], field: msgspec.structs.FieldInfo) -> Field:
    shape, description = inspect.type_info(field.type), ""
    if isinstance(shape, inspect.Metadata):
        description = str((shape.extra_json_schema or {}).get("description", ""))
        shape = shape.type
    if not description:
        raise TypeError(f"{kind.__name__}.{field.name} needs Meta(description=…)")
    shape = _without_none(shape)
    if _words(shape) == ("", ""):
        raise TypeError(f"{kind.__name__}.{field.name}: a setting cannot be {field.type}")
    return Field(field.name, field.type, shape, description, field.default)


def _without_none(shape: inspect.Type) -> inspect.Type:
    if not isinstance(shape, inspect.UnionType):
        return shape
    left = [each for each in shape.types if not isinstance(each, inspect.NoneType)]
    return left[0] if len(left) == 1 else shape


def _custom(shape: inspect.Type) -> type | None:
    return shape.cls if isinstance(shape, inspect.CustomType) else None


def _item(shape: inspect.Type) -> inspect.Type:
    return shape.item_type if isinstance(shape, inspect.VarTupleType) else shape


def _words(shape: inspect.Type) -> tuple[str, str]:
    """What the shape is called, one and many; empty words for one that settings cannot have."""
    match shape:
        case inspect.VarTupleType(inspect.StructType()):
            return "tables", ""
        case inspect.LiteralType(values):
            return _choice(str(value) for value in values)
        case inspect.EnumType(cls):
            return _choice(str(member.value) for member in cls)
        case inspect.VarTupleType(item_type):
            return f"a list of {_words(item_type)[1]}", ""
        case inspect.CustomType(cls):
            return _CUSTOM_WORDS.get(cls, ("", ""))
        case _:
            return _WORDS.get(type(shape), ("", ""))


def _choice(values: Iterable[str]) -> tuple[str, str]:
    choices = ", ".join(values)
    return f"one of {choices}", f"any of {choices}"


def _bounds(shape: inspect.Type) -> Iterator[str]:
    for attribute, words in _BOUNDS:
        bound = getattr(shape, attribute, None)
        if bound is not None:
            yield words.format(bound)


def _build(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str) and value:
        return Path(value)
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise ValueError(f"got {type(value).__name__}")
