"""From the command line, the environment, a TOML file and the defaults to one settings struct."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
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
_MEMBER = re.compile(r"[a-z][a-z0-9]{0,31}")


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


@dataclass(frozen=True, slots=True)
class Member:
    """One of several that have a section together: `[shop.branches.north]` in `[shop]`.

    It has every setting of the section, and where it has none of its own, the section's. Its
    variables are `SMARTCART_SHOP_BRANCHES_NORTH_…`.
    """

    group: str
    name: str = ""
    """Empty for what they share."""

    def within(self, section: str) -> tuple[str, ...]:
        return (section, self.group, self.name) if self.name else (section,)


def named_file(
    section: str,
    name: str,
    environ: Mapping[str, str],
    file: Path | None = None,
    member: Member | None = None,
) -> Path | None:
    """The file that holds a setting: the one `SMARTCART_SHOP_TOKEN_FILE` names in the environment,
    else the one `token_file` names in the TOML `file`. None where neither does, or the setting
    itself is given in the environment. Of a member, its own alone."""
    place = member.within(section) if member else (section,)
    held = variable("_".join(place), name)
    path: object = environ.get(held + _NAMED_FILE)
    if not path and not environ.get(held):
        path = _table(place, file, []).get(name + _NAMED_IN_TOML)
    return Path(path) if isinstance(path, str) and path else None


def members(section: str, group: str, file: Path | None) -> tuple[str, ...]:
    """The names of the tables `[section.group.…]` of a TOML file, in its order.

    Raises `SettingsError` for one that is no name: a small letter, then small letters and digits,
    32 in all.
    """
    problems: list[str] = []
    table = _table((section, group), file, problems)
    for name, below in table.items():
        place = f"{file}, [{section}.{group}.{name}]"
        if not isinstance(below, dict):
            problems.append(f"{place}: is no section; write each of its settings below that title")
        elif not _MEMBER.fullmatch(name):
            problems.append(f"{place}: write a name of small letters and digits")
    if problems:
        raise SettingsError(problems)
    return tuple(table)


def load(
    kind: type[T],
    section: str,
    file: Path | None,
    environ: Mapping[str, str],
    overrides: Mapping[str, object] = _NOTHING,
    member: Member | None = None,
) -> T:
    """The settings of `section`: overrides before environment before file before default.

    Those of a `member` come before those that it shares, but for overrides. `file` is TOML and
    must be readable when given; other sections in it are left alone. An empty variable and an
    override of None count as not given. Raises `SettingsError` with every unknown key or variable
    of the section and every value that will not do. Secrets are never shown.
    """
    fields = fields_of(kind)
    problems: list[str] = []
    place: tuple[str, ...] = (section,)
    group = member.group if member else ""
    given = _from_file(fields, place, file, problems, group)
    given |= _from_environment(fields, place, environ, problems, group)
    if member and member.name:
        place = member.within(section)
        given |= _from_file(fields, place, file, problems)
        given |= _from_environment(fields, place, environ, problems)
    given |= _from_overrides(fields, overrides)
    values = {
        field.name: _converted(field, given[field.name], problems)
        for field in fields.values()
        if field.name in given
    }
    problems += _missing(fields, place, given)
    if problems:
        raise SettingsError(problems)
    try:
        return kind(**values)
    except ValueError as error:
        raise SettingsError([f"[{'.'.join(place)}] {error}"]) from error


def _from_file(
    fields: Mapping[str, Field],
    section: Sequence[str],
    file: Path | None,
    problems: list[str],
    group: str = "",
) -> dict[str, _Given]:
    given: dict[str, _Given] = {}
    table = _table(section, file, problems)
    for key, value in table.items():
        if key == group:
            continue
        place = f"{file}, [{'.'.join(section)}] {key}"
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


def _table(path: Sequence[str], file: Path | None, problems: list[str]) -> dict[str, object]:
    """The table at a path of names, empty when there is none."""
    section, *below = path
    table = _section(section, file, problems)
    for name in below:
        found = table.get(name)
        table = found if isinstance(found, dict) else {}
    return table


def _section(section: str, file: Path | None, problems: list[str]) -> dict[str, object]:
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
    fields: Mapping[str, Field],
    section: Sequence[str],
    environ: Mapping[str, str],
    problems: list[str],
    group: str = "",
) -> dict[str, _Given]:
    given: dict[str, _Given] = {}
    prefix = "_".join(section)
    by_variable = {variable(prefix, name): field for name, field in fields.items()}
    of_members = variable(f"{prefix}_{group}", "") if group else None
    for key in sorted(environ):
        held = key.removesuffix(_NAMED_FILE)
        if not key.startswith(variable(prefix, "")) or not environ[key]:
            continue
        if of_members and key.startswith(of_members):
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
    fields: Mapping[str, Field], section: Sequence[str], given: Mapping[str, _Given]
) -> Iterable[str]:
    for field in fields.values():
        if field.default is msgspec.NODEFAULT and field.name not in given:
            yield (
                f"{field.name}: is not set; set {variable('_'.join(section), field.name)}, or "
                f"{field.name} under [{'.'.join(section)}] in the TOML file, to {field.expected}"
            )


def _unknown(place: str, name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    remedy = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(known))}"
    return f"{place}: no such setting; {remedy}"
