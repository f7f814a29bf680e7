"""The comparison of documents by their shape."""

import pytest

from smartcart.contract import Event
from tests.contract.published import Json
from tests.contract.shapes import common, documented

SHAPE = common(
    [
        {"order": {"code": "a", "lines": [{"id": "1", "size": None}, {"id": "2"}]}},
        {"order": {"code": "b", "lines": [], "size": {"label": "M"}}},
    ]
)


@pytest.mark.parametrize(
    ("order", "missing", "unknown", "mistyped"),
    [
        ({"code": "b", "lines": [{"id": "1"}]}, [], [], []),
        ({"lines": []}, [".order.code"], [], []),
        ({"code": "b", "lines": [{"id": "1"}, {}]}, [".order.lines[].id"], [], []),
        ({"code": "b", "lines": [], "x": {}}, [], [".order.x"], []),
        ({"code": "b", "lines": [{"id": "1", "y": 1}]}, [], [".order.lines[].y"], []),
        ({"code": 1, "lines": {}}, [], [], [".order.code is number", ".order.lines is object"]),
        ({"code": True, "lines": None}, [], [], [".order.code is flag", ".order.lines is null"]),
    ],
)
def test_what_differs_from_the_documents_there_are_is_named(
    order: Json, missing: list[str], unknown: list[str], mistyped: list[str]
) -> None:
    document: Json = {"order": order}
    assert SHAPE.missing(document) == missing
    assert SHAPE.unknown(document) == unknown
    assert SHAPE.mistyped(document) == mistyped


def test_values_that_were_only_ever_null_may_be_anything() -> None:
    assert SHAPE.mistyped({"order": {"lines": [{"size": {"label": "M"}}]}}) == []


def test_what_is_documented_is_read_from_the_types() -> None:
    shape = documented(Event)
    assert shape.keys[".changes.state"] == {"old", "new"}
    assert shape.types[".changes.state.old"] == {"text", "null"}
    assert shape.types[".order.line_items[].size"] == {"object"}
    assert shape.types[".order.courier"] == {"text", "null"}
    assert shape.types[".order.courier_tracking_codes[]"] == {"text"}
    assert shape.types[".order.line_items[].readjusted_vat"] == {"flag", "number"}
