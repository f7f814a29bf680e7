"""From a URL to an open database."""

import shlex
from collections.abc import Collection, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from smartcart.kit.database import sqlite
from smartcart.kit.database.errors import NotADatabase
from smartcart.kit.database.interface import Database
from smartcart.kit.database.limits import DEFAULT_LIMITS, Limits
from smartcart.kit.database.migrations import Migrations, load_all, outstanding
from smartcart.kit.database.submissions import Observer

_POSTGRES = ("postgresql://", "postgres://")
_SQLITE = "sqlite:///"


async def open_database(
    url: str,
    migrations: Sequence[Migrations],
    limits: Limits = DEFAULT_LIMITS,
    observer: Observer | None = None,
) -> Database:
    """Open the database at `url` and bring its schema up to date.

    `url` is `postgresql://…`, `sqlite:///relative/path`, `sqlite:////absolute/path`, or a plain
    path, which means SQLite; a missing SQLite file is made, a missing folder is not. Several
    processes may open one database at once. `observer` is told of this one's write sets.
    Raises SchemaTooNew, WrongDatabase, DatabaseLocked, DatabaseUnavailable, DatabaseFull;
    NotADatabase for another kind of URL; and ImportError, naming the extra to install, for
    PostgreSQL without asyncpg.
    """
    if url.startswith(_POSTGRES):
        _require_asyncpg()
        from smartcart.kit.database import postgres  # noqa: PLC0415 - needs an optional extra

        return await postgres.open_postgres(url, migrations, limits, observer)
    return await sqlite.open_sqlite(_path(url), migrations, limits, observer)


def trouble_with_parts(url: str, half: str, parts: Collection[str]) -> list[str]:
    """Why a process of `half` that is only these `parts` will not do on the database at `url`.

    Several processes must be told of each other's commits. Nothing, or one sentence with the
    remedy.
    """
    if url.startswith(_POSTGRES):
        return []
    return [
        f"database: {url} is SQLite, which one process has to itself: run all parts in one "
        f"(smartcart {half} run), or give {' and '.join(parts)} a postgresql:// database"
    ]


async def components(url: str) -> frozenset[str]:
    """The components a database holds; none when it does not exist or is empty. Makes nothing."""
    return frozenset(await _versions(url))


async def outstanding_migrations(url: str, migrations: Sequence[Migrations]) -> int | None:
    """How many migrations `open_database` would apply; None where there is no database yet.

    Makes and changes nothing. Raises what `open_database` raises for a database of another program
    or of a newer release, and for one that cannot be opened.
    """
    found = await _versions(url)
    return len(outstanding(load_all(migrations), found, url)) if found else None


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite database; None for PostgreSQL. Raises NotADatabase."""
    return None if url.startswith(_POSTGRES) else _path(url)


async def _versions(url: str) -> Mapping[str, int]:
    if url.startswith(_POSTGRES):
        _require_asyncpg()
        from smartcart.kit.database import postgres  # noqa: PLC0415 - needs an optional extra

        return await postgres.versions(url)
    return await sqlite.versions(_path(url))


def back_up(url: str, target: Path) -> None:
    """Copy the SQLite database at `url` as it is at one moment to the new file `target`.

    Programs may go on writing. Raises NotADatabase for PostgreSQL, naming the command to use;
    FileExistsError, FileNotFoundError and DatabaseError, leaving no `target`.
    """
    if url.startswith(_POSTGRES):
        raise NotADatabase(
            "PostgreSQL is backed up by its own program: "
            f"pg_dump --format=custom --file={shlex.quote(str(target))} URL, "
            "with the URL of the database"
        )
    sqlite.back_up(_path(url), target)


def restore(url: str, source: Path, migrations: Sequence[Migrations]) -> Path | None:
    """Put the backup `source` in the place of the SQLite database at `url`, which nobody uses.

    Returns where what was there is now, None when nothing was. Raises NotADatabase for PostgreSQL,
    naming the commands to use; FileNotFoundError, FileExistsError, DatabaseError, WrongDatabase,
    SchemaTooNew and DatabaseLocked, having changed nothing.
    """
    if url.startswith(_POSTGRES):
        raise NotADatabase(
            "PostgreSQL is restored by its own programs, into a new database, so that the old one "
            "stays: stop what runs on it; createdb --maintenance-db=URL NEW; "
            f"pg_restore --no-owner --exit-on-error --dbname=NEW_URL {shlex.quote(str(source))}; "
            "then set `database` to NEW_URL"
        )
    return sqlite.restore(source, _path(url), load_all(migrations))


def _require_asyncpg() -> None:
    if find_spec("asyncpg") is None:
        raise ImportError(
            "PostgreSQL needs the extra `postgres`: pip install 'smartcart[postgres]'"
        )


def _path(url: str) -> Path:
    path = url.removeprefix(_SQLITE)
    if "://" in path or path in {"", ":memory:"}:
        raise NotADatabase(
            f"{url!r} is no database this program can open: give postgresql://…, sqlite:///path, "
            "or the path of a file"
        )
    return Path(path)
