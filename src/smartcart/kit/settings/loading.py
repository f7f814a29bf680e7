"""From the command line, the environment, a TOML file and the defaults to one settings struct."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import msgspec

from smartcart.kit.settings.field import Field, fields_of, in_toml, in_variable, table_of

T = TypeVar("T", bound=msgspec.Struct)
_NOTHING: Mapping[str, object] = MappingProxyType({})
_NAMED_FILE = "_FILE"
_NAMED_IN_TOML = "_file"


class SettingsError(ValueError):
    """Everything that is wrong with what was given, each with its place and its remedy."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class _Given:
    value: object
    place: str
    example: str
    shown: bool = True


def variable(section: str, name: str) -> str:
    """The environment variable of a setting: `SMARTCART_SHOP_PORT` for `port` in `[shop]`."""
    return f"SMARTCART_{section}_{name}".upper()


def named_file(
    section: str, name: str, environ: Mapping[str, str], file: Path | None = None
) -> Path | None:
    """The file that holds a setting: the one `SMARTCART_SHOP_TOKEN_FILE` names in the environment,
    else the one `token_file` names in the TOML `file`. None where neither does, or the setting
    itself is given in the environment."""
    path: object = environ.get(variable(section, name) + _NAMED_FILE)
    if not path and not environ.get(variable(section, name)):
        path = _table(section, file, []).get(name + _NAMED_IN_TOML)
    return Path(path) if isinstance(path, str) and path else None


def load(
    kind: type[T],
    section: str,
    file: Path | None,
    environ: Mapping[str, str],
    overrides: Mapping[str, object] = _NOTHING,
) -> T:
    """The settings of `section`: overrides before environment before file before default.

    `file` is TOML and must be readable when given; other sections in it are left alone. An empty
    variable and an override of None count as not given. Raises `SettingsError` with every unknown
    key or variable of the section and every value that will not do. Secrets are never shown.
    """
    fields = fields_of(kind)
    problems: list[str] = []
    given = _from_file(fields, section, file, problems)
    given |= _from_environment(fields, section, environ, problems)
    given |= _from_overrides(fields, overrides)
    values = {
        field.name: _converted(field, given[field.name], problems)
        for field in fields.values()
        if field.name in given
    }
    problems += _missing(fields, section, given)
    if problems:
        raise SettingsError(problems)
    try:
        return kind(**values)
    except ValueError as error:
        raise SettingsError([f"[{section}] {error}"]) from error


def _from_file(
    fields: Mapping[str, Field], section: str, file: Path | None, problems: list[str]
) -> dict[str, _Given]:
    given: dict[str, _Given] = {}
    table = _table(section, file, problems)
    for key, value in table.items():
        place = f"{file}, [{section}] {key}"
        held = fields.get(key.removesuffix(_NAMED_IN_TOML))
        if key in fields:
            given[key] = _Given(value, place, in_toml(fields[key].example()))
        elif held is None or not held.secret:
            problems.append(_unknown(place, key, fields))
        elif held.name in table:
            problems.append(f"{place}: {held.name} is set too; set one of them")
        elif not isinstance(value, str) or not value:
            problems.append(f"{place}: write the path of the file that holds {held.name}")
        else:
            given |= _in_named_file(held, Path(value), place, problems)
    return given


def _table(section: str, file: Path | None, problems: list[str]) -> dict[str, object]:
    document = _document(file, problems) if file else {}
    for key, value in document.items():
        if not isinstance(value, dict):
            problems.append(f"{file}, {key}: stands outside a section; move it under [{section}]")
    table = document.get(section)
    if isinstance(table, dict):
        return table
    close = difflib.get_close_matches(section, document, n=1, cutoff=0.7)
    if close and close[0] != section:
        problems.append(f"{file}, [{close[0]}]: no such section; did you mean [{section}]?")
    return {}


def _document(file: Path, problems: list[str]) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(f"{file}: cannot be read ({error.strerror}); check the path and its rights")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{file}: is not TOML ({error}); correct it there")
    return {}


def _from_environment(
    fields: Mapping[str, Field], section: str, environ: Mapping[str, str], problems: list[str]
) -> dict[str, _Given]:
    given: dict[str, _Given] = {}
    by_variable = {variable(section, name): field for name, field in fields.items()}
    for key in sorted(environ):
        held = key.removesuffix(_NAMED_FILE)
        if not key.startswith(variable(section, "")) or not environ[key]:
            continue
        if field := by_variable.get(key):
            given[field.name] = _in_variable(field, environ[key], key)
        elif not (field := by_variable.get(held)):
            problems.append(_unknown(key, key, by_variable))
        elif environ.get(held):
            problems.append(f"{key}: {held} is set too; set one of them")
        else:
            given |= _in_named_file(field, Path(environ[key]), key, problems)
    return given


def _in_named_file(field: Field, path: Path, key: str, problems: list[str]) -> dict[str, _Given]:
    try:
        text = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{key}: {path} cannot be read ({error}); name a readable text file")
        return {}
    given = _in_variable(field, text, f"{key}, file {path}")
    return {field.name: _Given(given.value, given.place, given.example, shown=False)}


def _in_variable(field: Field, text: str, place: str) -> _Given:
    value = [part.strip() for part in text.split(",")] if field.listed else text
    return _Given(value, place, in_variable(field.example()))


def _from_overrides(
    fields: Mapping[str, Field], overrides: Mapping[str, object]
) -> dict[str, _Given]:
    return {
        name: _Given(
            value, f"option --{name.replace('_', '-')}", in_variable(fields[name].example())
        )
        for name, value in overrides.items()
        if value is not None
    }


def _converted(field: Field, given: _Given, problems: list[str]) -> object:
    if (table := table_of(field)) is not None:
        return tuple(_rows(table, field.name, given, problems))
    try:
        return field.convert(given.value)
    except ValueError:
        problems.append(_unfit(field, given))
        return None


def _rows(
    kind: type[msgspec.Struct], name: str, given: _Given, problems: list[str]
) -> Iterable[msgspec.Struct]:
    """The tables under one name; what is wrong with one is told with its number."""
    if not isinstance(given.value, list) or not all(isinstance(row, dict) for row in given.value):
        problems.append(
            f"{name}, from {given.place}: is no list of tables; write each under [[…{name}]] "
            "in the TOML file"
        )
        return
    for number, row in enumerate(given.value, 1):
        found = len(problems)
        values = _in_row(kind, row, f"{given.place}, table {number}", problems)
        try:
            if len(problems) == found:
                yield kind(**values)
        except ValueError as error:
            problems.append(f"{given.place}, table {number}: {error}")


def _in_row(
    kind: type[msgspec.Struct], row: Mapping[str, object], place: str, problems: list[str]
) -> dict[str, object]:
    fields = fields_of(kind)
    problems += [_unknown(f"{place}, {key}", key, fields) for key in row if key not in fields]
    for field in fields.values():
        if field.default is msgspec.NODEFAULT and field.name not in row:
            problems.append(f"{place}: {field.name} is not set; set it to {field.expected}")
    return {
        field.name: _converted(
            field,
            _Given(row[field.name], place, in_toml(field.example())),
            problems,
        )
        for field in fields.values()
        if field.name in row
    }


def _unfit(field: Field, given: _Given) -> str:
    shown = repr(given.value)[:60] if given.shown and not field.secret else "a value not shown here"
    example = f", for example {given.example}" if field.example() not in (None, "", ()) else ""
    return f"{field.name}, from {given.place}: is {shown}; write {field.expected}{example}"


def _missing(
    fields: Mapping[str, Field], section: str, given: Mapping[str, _Given]
) -> Iterable[str]:
    for field in fields.values():
        if field.default is msgspec.NODEFAULT and field.name not in given:
            yield (
                f"{field.name}: is not set; set {variable(section, field.name)}, or {field.name} "
                f"under [{section}] in the TOML file, to {field.expected}"
            )


def _unknown(place: str, name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    remedy = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(known))}"
    return f"{place}: no such setting; {remedy}"
