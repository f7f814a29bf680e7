"""Hypothesis strategies for the contract's types, made from the types themselves."""

from datetime import UTC, datetime
from typing import get_origin

import msgspec
from hypothesis import strategies as st

from smartcart.contract import athens, to_euros
from smartcart.contract.wire import Wire

GREEK = "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ"

texts = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.text(GREEK + ' "\\/\n€«»', max_size=20),
)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)).map(
    athens
)
amounts = st.integers(-(10**9), 10**9).map(to_euros)


def documents(kind: type[Wire]) -> st.SearchStrategy[Wire]:
    """Any document of the type: every field with any value it may have."""
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, msgspec.inspect.StructType)
    return _struct(info)


def _struct(info: msgspec.inspect.StructType) -> st.SearchStrategy[Wire]:
    build = get_origin(info.cls) or info.cls
    assert issubclass(build, Wire)
    return st.builds(build, **{field.name: _any(field.type) for field in info.fields})


def _any(info: msgspec.inspect.Type) -> st.SearchStrategy[object]:
    match info:
        case msgspec.inspect.UnionType():
            values: st.SearchStrategy[object] = st.one_of(*(_any(kind) for kind in info.types))
        case msgspec.inspect.Metadata():
            values = _any(info.type)
        case msgspec.inspect.IntType():
            values = st.integers(info.ge, info.le)
        case msgspec.inspect.VarTupleType():
            values = st.lists(_any(info.item_type), max_size=2).map(tuple)
        case msgspec.inspect.StructType():
            values = _struct(info)
        case _:
            values = _PLAIN[type(info)]
    return values


_PLAIN: dict[type[msgspec.inspect.Type], st.SearchStrategy[object]] = {
    msgspec.inspect.NoneType: st.none(),
    msgspec.inspect.BoolType: st.booleans(),
    msgspec.inspect.StrType: texts,
    msgspec.inspect.DecimalType: amounts,
    msgspec.inspect.DateTimeType: moments,
}

_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
    st.sampled_from(["NaN", "-inf", "", "1e999", "2026-03-12T10:00:00", "0", "true"]),
)
json_values: st.SearchStrategy[object] = st.recursive(
    _scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)
"""Any JSON value."""


def paths(document: object) -> list[tuple[str | int, ...]]:
    """Of every value in a JSON document."""
    if isinstance(document, dict):
        items: list[tuple[str | int, object]] = list(document.items())
    elif isinstance(document, list):
        items = list(enumerate(document))
    else:
        return []
    return [
        path
        for key, value in items
        for path in [(key,), *((key, *below) for below in paths(value))]
    ]


def replaced(document: object, path: tuple[str | int, ...], value: object) -> object:
    """A copy of the document with another value at `path`."""
    if not path:
        return value
    head, *rest = path
    if isinstance(document, dict):
        return {**document, head: replaced(document[head], tuple(rest), value)}
    assert isinstance(document, list)
    assert isinstance(head, int)
    changed = replaced(document[head], tuple(rest), value)
    return [*document[:head], changed, *document[head + 1 :]]
