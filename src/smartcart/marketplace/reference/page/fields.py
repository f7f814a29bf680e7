"""A schema as rows for people: name, kind, whether it must be there, meaning."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from smartcart.marketplace.reference.schemas import REF, Schema


def N_(source: str) -> str:
    """Marks a text for the catalogues where it cannot be translated yet."""
    return source


KINDS: Mapping[str, str] = {
    "string": N_("text"),
    "integer": N_("whole number"),
    "number": N_("number"),
    "boolean": N_("true or false"),
    "null": N_("null"),
    "object": N_("object"),
    "time": N_("time"),
    "file": N_("file"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """`kinds` are keys of `KINDS`; `of` is the name of a schema; `many` says that it is a list."""

    name: str
    required: bool
    meaning: str
    kinds: tuple[str, ...]
    of: str
    many: bool
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The fields of one object: of the type `name`, or of a form of one, which has a `title`."""

    name: str
    title: str
    meaning: str
    fields: tuple[Field, ...]


def table(name: str, schema: Schema) -> Table:
    required = schema.get("required", ())
    return Table(
        name,
        schema.get("title", ""),
        schema.get("description", ""),
        tuple(_field(key, key in required, each) for key, each in schema["properties"].items()),
    )


def forms(name: str, schema: Schema) -> list[Table]:
    """One table, or one for each of the forms a body may have."""
    if "oneOf" not in schema:
        return [table(name, schema)]
    return [_form(each) for each in schema["oneOf"]]


def reached(name: str, schemas: Mapping[str, Schema]) -> list[str]:
    """The schemas that one is made of, itself first, in the order they are met."""
    met = {name: None}
    for following in _refs(schemas[name]):
        met |= dict.fromkeys(reached(following, schemas))
    return list(met)


def _form(schema: Schema) -> Table:
    """Without the keys that are only there to be empty."""
    required = {key: schema["properties"][key] for key in schema["required"]}
    return table("", {**schema, "properties": required})


def _field(name: str, required: bool, schema: Schema) -> Field:
    many = "items" in schema
    one = schema["items"] if many else schema
    found = list(_alternatives(one))
    return Field(
        name=name,
        required=required,
        meaning=schema.get("description", ""),
        kinds=tuple(dict.fromkeys(_kinds_of(found, many))),
        of=next((each["$ref"].removeprefix(REF) for each in found if "$ref" in each), ""),
        many=many,
        values=tuple(str(value) for each in found for value in each.get("enum", ())),
    )


def _kinds_of(found: list[Schema], many: bool) -> Iterator[str]:
    """Of a field; a null in a list does not count, and nobody need know of it."""
    for kind in (kind for each in found for kind in _kinds(each)):
        if not (many and kind == "null"):
            yield kind


def _alternatives(schema: Schema) -> Iterator[Schema]:
    if "anyOf" not in schema:
        yield schema
    for each in schema.get("anyOf", ()):
        yield from _alternatives(each)


def _kinds(schema: Schema) -> list[str]:
    if schema.get("format") == "binary":
        return ["file"]
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    return ["time" if kind == "string" and "format" in schema else kind for kind in kinds]


def _refs(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"].removeprefix(REF)
        for each in value.values():
            yield from _refs(each)
    elif isinstance(value, list):
        for each in value:
            yield from _refs(each)
