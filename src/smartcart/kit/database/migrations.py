"""Schemas as numbered plain SQL files, one folder a component, in the order they were written.

A file is `NNNN_name.sql`: statements ending in semicolons, of the SQL both engines understand, with
the column types text, bigint and blob (bytea on PostgreSQL). A line starting with `-- postgres: `
is run by PostgreSQL and a comment to SQLite (storage settings and the like).
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from smartcart.kit.database.errors import SchemaTooNew, WrongDatabase

TABLE = """create table if not exists migration (
    component text not null,
    version bigint not null,
    name text not null,
    applied_at bigint not null,
    primary key (component, version)
)"""
RECORD = "insert into migration (component, version, name, applied_at) values ($1, $2, $3, $4)"
VERSIONS = "select component, max(version) as version from migration group by component"

_FILE_NAME = re.compile(r"(\d{4})_(\w+)\.sql")
_BLOB = re.compile(r"\bblob\b", re.IGNORECASE)
_POSTGRES_ONLY = re.compile(r"^-- postgres: ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number, what it is called, and its SQL."""

    component: str
    version: int
    name: str
    sql: str

    def for_postgres(self) -> str:
        return _POSTGRES_ONLY.sub("", _BLOB.sub("bytea", self.sql))

    def statements(self) -> Iterator[str]:
        """The statements one by one, for SQLite, whose scripts would end the transaction."""
        statement = ""
        for line in self.sql.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                yield statement
                statement = ""
        if _code(statement):
            raise ValueError(f"{self.component}/{self.name}: the last statement lacks a semicolon")


@dataclass(frozen=True, slots=True)
class Migrations:
    """The migrations of one component: the .sql files in the data of `package`."""

    component: str
    package: str

    def load(self) -> list[Migration]:
        """All of them in order; their numbers are 1, 2, 3, … without gaps."""
        names = sorted(
            entry.name
            for entry in resources.files(self.package).iterdir()
            if entry.name.endswith(".sql")
        )
        found = [self._load_one(name) for name in names]
        if not found or [one.version for one in found] != list(range(1, len(found) + 1)):
            raise ValueError(f"{self.package}: migrations must be numbered 1, 2, 3, …, not {names}")
        return found

    def _load_one(self, name: str) -> Migration:
        match = _FILE_NAME.fullmatch(name)
        if match is None:
            raise ValueError(f"{self.package}: {name} is not named NNNN_name.sql")
        sql = resources.files(self.package).joinpath(name).read_text(encoding="utf-8")
        return Migration(self.component, int(match[1]), match[2], sql)


def load_all(migrations: Sequence[Migrations]) -> list[Migration]:
    return [migration for one in migrations for migration in one.load()]


def outstanding(
    migrations: Iterable[Migration], versions: Mapping[str, int], where: str
) -> list[Migration]:
    """Those of `migrations` that a database at `versions` still lacks; `where` names it to people.

    Raises WrongDatabase and SchemaTooNew.
    """
    known: dict[str, int] = {}
    for migration in migrations:
        known[migration.component] = migration.version
    _refuse_strangers(versions.keys() - known.keys(), known.keys(), where)
    for component, version in versions.items():
        _refuse_newer(component, version, known[component], where)
    return [one for one in migrations if one.version > versions.get(one.component, 0)]


def _refuse_strangers(strangers: Iterable[str], known: Iterable[str], where: str) -> None:
    if names := ", ".join(sorted(strangers)):
        raise WrongDatabase(
            f"{where} belongs to another program: it holds {names}, and this program knows only "
            f"{', '.join(sorted(known))}. Give each program a database of its own."
        )


def _refuse_newer(component: str, version: int, known: int, where: str) -> None:
    if version > known:
        raise SchemaTooNew(
            f"{where} has version {version} of {component}, and this program knows versions up to "
            f"{known}. Install the release of smartcart that last used this database, or a newer "
            "one, or restore a backup made before the upgrade."
        )


def _code(sql: str) -> str:
    return re.sub(r"--.*", "", sql).strip()
