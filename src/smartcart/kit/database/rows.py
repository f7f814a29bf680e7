"""Rows as the structs a reader asked for."""

from typing import TypeVar

import msgspec

from smartcart.kit.database.write_set import Value

Row = dict[str, Value]
T = TypeVar("T", bound=msgspec.Struct)


def as_structs(rows: list[Row], row: type[T]) -> list[T]:
    """Match columns to fields by name; not strict, so that 0 and 1 may be read as bool."""
    return [msgspec.convert(one, row, strict=False) for one in rows]
