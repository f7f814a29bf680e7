"""A copy put in the place of a SQLite file that no program uses."""

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from smartcart.kit.database.errors import DatabaseError, DatabaseLocked, WrongDatabase
from smartcart.kit.database.migrations import Migration, outstanding
from smartcart.kit.database.sqlite.backup import copy, fault, flush
from smartcart.kit.database.sqlite.connection import code, explained
from smartcart.kit.database.sqlite.schema import applied_versions

_DAMAGED = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})
_BESIDE = ("-wal", "-shm", "-journal")


def restore(source: Path, target: Path, migrations: Sequence[Migration]) -> Path | None:
    """Put a copy of the database `source` in the place of `target`; where what was there is now.

    `target` is the old database or the new one at any moment, and the new one once this returns,
    with the owner and the rights of the old one. Raises FileNotFoundError without a `source`;
    DatabaseError, WrongDatabase and SchemaTooNew when `source` is not sound, not of this program,
    or of a newer one; WrongDatabase also when `target` is not this program's, and DatabaseLocked
    while any program has it open. Then nothing was changed.
    """
    if not source.is_file():
        raise FileNotFoundError(f"there is no backup at {source}")
    if target.exists() and target.samefile(source):
        raise FileExistsError(f"{source} is the database itself; give the file of a backup")
    beside = target.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        _prepare(source, beside, migrations)
        _give_to_owner(beside, target)
        flush(beside)
        with _unused(target, migrations):
            kept = _keep(target)
            beside.replace(target)
        if os.name != "nt":
            flush(target.parent)
        return kept
    finally:
        beside.unlink(missing_ok=True)


def _prepare(source: Path, beside: Path, migrations: Sequence[Migration]) -> None:
    os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        found = fault(source)
        copy(source, beside)
        with contextlib.closing(sqlite3.connect(beside)) as connection:
            versions = applied_versions(connection, str(source))
    except sqlite3.Error as error:
        raise DatabaseError(f"{source} is no backup that can be used: {error}") from error
    if found:
        raise DatabaseError(f"{source} is damaged, give another backup: {found}")
    outstanding(migrations, versions, str(source))
    if missing := {one.component for one in migrations} - versions.keys():
        raise WrongDatabase(
            f"{source} is not a whole backup of this program: it holds no "
            f"{', '.join(sorted(missing))}. Give a file that its backup command made."
        )


def _give_to_owner(beside: Path, target: Path) -> None:
    """Whoever ran on the old database must be able to run on the new one."""
    if os.name == "nt" or not target.exists():
        return
    old, new = target.stat(), beside.stat()
    try:
        if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
            os.chown(beside, old.st_uid, old.st_gid)
        beside.chmod(old.st_mode & 0o777)
    except PermissionError as error:
        raise PermissionError(
            f"{target} belongs to another user, who could not open what this one writes; "
            "restore as that user, or as root"
        ) from error


@contextlib.contextmanager
def _unused(target: Path, migrations: Sequence[Migration]) -> Iterator[None]:
    """Nobody has `target` open, nor can while this lasts; all that was committed is in its file.

    A connection in WAL mode holds a lock for as long as it is open, and only who is alone can
    leave that mode. Who opens the file just before it is replaced is refused by SQLite, which
    looks whether it was moved.
    """
    if not target.exists():
        yield
        return
    with contextlib.closing(sqlite3.connect(target, timeout=0, isolation_level=None)) as connection:
        try:
            _require_ours(connection, target, migrations)
            (mode,) = connection.execute("pragma journal_mode = delete").fetchone()
            if mode != "delete":
                raise _in_use(target)
            connection.execute("begin exclusive")
        except sqlite3.Error as error:
            _require_damaged(error, target)
        if os.name == "nt":
            connection.close()  # it cannot replace what is open
        yield


def _require_ours(
    connection: sqlite3.Connection, target: Path, migrations: Sequence[Migration]
) -> None:
    """An older database will do, and a newer one."""
    ours = {one.component for one in migrations}
    if strangers := applied_versions(connection, str(target)).keys() - ours:
        raise WrongDatabase(
            f"{target} belongs to another program: it holds {', '.join(sorted(strangers))}. "
            "Give the path of the database that the backup was made of."
        )


def _require_damaged(error: sqlite3.Error, target: Path) -> None:
    """What is damaged may go; for anything else there is a reason to leave it."""
    if code(error) == sqlite3.SQLITE_BUSY or (code(error) in _DAMAGED and _is_locked(target)):
        raise _in_use(target) from error
    if code(error) not in _DAMAGED:
        raise explained(error, target) from error


def _in_use(target: Path) -> DatabaseLocked:
    return DatabaseLocked(f"{target} is in use: stop the program that runs on it, then restore")


def _is_locked(path: Path) -> bool:
    """Whether somebody holds SQLite's shared lock, which cannot be asked of SQLite any more."""
    try:
        import fcntl  # noqa: PLC0415 - not there on Windows
    except ImportError:
        return False
    with path.open("rb+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)
        except OSError:
            return True
    return False


def _keep(target: Path) -> Path | None:
    """Give what is at `target` another name beside it; it stays there under its own as well."""
    kept, was_there = _free_name(target), target.exists()
    if was_there:
        try:
            os.link(target, kept)
        except OSError:  # a file system without hard links
            target.rename(kept)
    # Left by a damaged database, or by one that was moved away alone: not the new one's.
    for suffix in _BESIDE:
        with contextlib.suppress(FileNotFoundError):
            Path(f"{target}{suffix}").rename(f"{kept}{suffix}")
    return kept if was_there else None


def _free_name(target: Path) -> Path:
    at = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    number = 1
    while True:
        more = f"-{number}" if number > 1 else ""
        name = target.with_name(f"{target.stem}-before-{at}{more}{target.suffix}")
        if not name.exists():
            return name
        number += 1
