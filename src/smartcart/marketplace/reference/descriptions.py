"""What the contract's types say of themselves, for readers who do not write Python.

A field's docstring stands under it in the source, so it is read from there.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Mapping
from enum import Enum
from functools import cache
from itertools import pairwise

import msgspec

from smartcart.contract import vocabulary

_LIST = re.compile(r"`vocabulary\.(\w+)`")
_FOR_PYTHON = (
    (re.compile(r"[:;,] (?:show|read|compare) it (?:through|with) `[\w.]+`"), ""),
    (re.compile(r" \(`vocabulary\.\w+`\)"), ""),
    (re.compile(r" \(contract §\d\)"), ""),
    (re.compile(r"(?:A value of|A label from) `vocabulary\.\w+`"), "One of these"),
    (re.compile(r"Values of `vocabulary\.\w+`"), "Some of these"),
    (_LIST, "these"),
    (re.compile(r"^(?:One|Some) of these\.$"), ""),
    (re.compile(r"`None`"), "null"),
)


def of_type(kind: type[msgspec.Struct]) -> str:
    """A type's own docstring."""
    return _for_anybody(inspect.getdoc(kind) or "")


def of_fields(kind: type[msgspec.Struct]) -> dict[str, str]:
    """The docstrings of its fields, by their names on the wire."""
    texts = {name: _for_anybody(text) for name, text in _docstrings(kind).items()}
    return {name: text for name, text in texts.items() if text}


def values_of_fields(kind: type[msgspec.Struct]) -> dict[str, list[str]]:
    """The known values of the fields whose docstrings name a list of `vocabulary`."""
    named = {name: _LIST.search(text) for name, text in _docstrings(kind).items()}
    return {name: _values(match[1]) for name, match in named.items() if match}


def _values(name: str) -> list[str]:
    known = getattr(vocabulary, name)
    if isinstance(known, type) and issubclass(known, Enum):
        return [each.value for each in known]
    return list(known.values() if isinstance(known, Mapping) else known)


@cache
def _docstrings(kind: type[msgspec.Struct]) -> Mapping[str, str]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    except OSError:  # installed without sources
        return {}
    [body] = [node.body for node in tree.body if isinstance(node, ast.ClassDef)]
    on_the_wire = {each.name: each.encode_name for each in msgspec.structs.fields(kind)}
    return {
        on_the_wire[field.target.id]: inspect.cleandoc(text)
        for field, after in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and (text := _text(after))
    }


def _text(node: ast.stmt) -> str:
    value = node.value if isinstance(node, ast.Expr) else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


def _for_anybody(text: str) -> str:
    for pattern, instead in _FOR_PYTHON:
        text = pattern.sub(instead, text)
    return text
