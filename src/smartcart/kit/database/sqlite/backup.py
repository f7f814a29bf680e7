"""A copy of a SQLite file at one moment, made while programs read and write it."""

import contextlib
import os
import secrets
import sqlite3
from pathlib import Path

from smartcart.kit.database.errors import DatabaseError


def back_up(source: Path, target: Path) -> None:
    """Write what was committed in `source` at one moment to `target`, readable by its owner alone.

    `target` appears whole, checked and flushed, or not at all. Raises FileExistsError when it is
    there already, FileNotFoundError without a `source`, and DatabaseError when the copy cannot be
    made or is not sound. A process killed meanwhile may leave a hidden .tmp file beside it.
    """
    if target.exists():
        raise FileExistsError(f"{target} is there already; give the backup another name")
    if not source.is_file():
        raise FileNotFoundError(f"there is no database at {source}")
    beside = target.parent / f".{secrets.token_hex(8)}.tmp"
    os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        copy(source, beside)
        if found := fault(beside):
            raise DatabaseError(f"the copy is not sound, and was removed: {found}")
        flush(beside)
        beside.rename(target)
        if os.name != "nt":
            flush(target.parent)
    except sqlite3.Error as error:
        raise DatabaseError(f"{source} could not be backed up: {error}") from error
    finally:
        beside.unlink(missing_ok=True)


def copy(source: Path, target: Path) -> None:
    """Write what is committed in `source` at one moment into `target`, which is empty."""
    with contextlib.closing(_connect_to_read(source)) as connection:
        connection.execute("vacuum into ?", (str(target),))


def fault(path: Path) -> str:
    """What SQLite finds wrong with a file; empty for nothing."""
    with contextlib.closing(_connect_to_read(path)) as connection:
        (found,) = connection.execute("pragma integrity_check(1)").fetchone()
    return "" if found == "ok" else str(found)


def _connect_to_read(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def flush(path: Path) -> None:
    """A file, or a folder's names, onto the disk."""
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
