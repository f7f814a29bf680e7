"""What can be set, for the reference page and for `--help`."""

from dataclasses import dataclass

import msgspec

from smartcart.kit.settings.field import Field, fields_of, in_toml, table_of
from smartcart.kit.settings.loading import variable


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting as a reader of the documents sees it."""

    section: str
    name: str
    variable: str
    """Empty for tables, which stand in the TOML file alone."""
    expected: str
    """In words: "a whole number, at least 1"."""
    default: str
    """As written in TOML; "required" or "not set" where there is none."""
    description: str


def describe(kind: type[msgspec.Struct], section: str) -> list[SettingRow]:
    """A row for each setting of `kind`, in the order of its fields.

    Raises `TypeError` for a field without a description or of a type settings cannot have.
    """
    return [_row(field, section) for field in fields_of(kind).values()]


def tables(kind: type[msgspec.Struct]) -> dict[str, type[msgspec.Struct]]:
    """Settings of `kind` that are tables with settings of their own, by name."""
    found = {field.name: table_of(field) for field in fields_of(kind).values()}
    return {name: table for name, table in found.items() if table is not None}


def _row(field: Field, section: str) -> SettingRow:
    return SettingRow(
        section=section,
        name=field.name,
        variable="" if table_of(field) else variable(section, field.name),
        expected=field.expected,
        default=_default(field),
        description=field.description,
    )


def _default(field: Field) -> str:
    if field.default is msgspec.NODEFAULT:
        return "required"
    return "not set" if field.default is None else in_toml(field.default)
