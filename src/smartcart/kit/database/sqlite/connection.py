"""Connections to the file, and what SQLite's errors mean to a caller."""

import os
import sqlite3
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from smartcart.kit.database.errors import (
    CommitUnknown,
    DatabaseError,
    DatabaseFull,
    DatabaseLocked,
    DatabaseUnavailable,
    IntegrityViolation,
    QueryTimeout,
)
from smartcart.kit.database.write_set import with_question_marks

REFUSALS = (sqlite3.Error, OverflowError, ValueError)
"""What the driver raises for statements and values; OverflowError for integers over 64 bits."""

_WHOLE_FILE = {
    sqlite3.SQLITE_BUSY: (
        DatabaseLocked,
        "is locked by another program; close the one that holds it open for writing "
        "(a database browser, a backup), then try again",
    ),
    sqlite3.SQLITE_FULL: (DatabaseFull, "cannot grow: make room on its disk"),
    sqlite3.SQLITE_IOERR: (
        DatabaseFull,
        "cannot be read or written: look at its disk, whether it is full or failing",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        DatabaseUnavailable,
        "cannot be opened: its folder must exist, and this user must be allowed to write there",
    ),
    sqlite3.SQLITE_READONLY: (
        DatabaseUnavailable,
        "cannot be written: this user must be allowed to write the file and its folder",
    ),
    sqlite3.SQLITE_NOTADB: (DatabaseUnavailable, "is not an SQLite database: give another path"),
    sqlite3.SQLITE_CORRUPT: (DatabaseUnavailable, "is damaged: restore it from a backup"),
    sqlite3.SQLITE_NOMEM: (DatabaseUnavailable, "cannot be used: this machine is out of memory"),
}

rewritten = lru_cache(maxsize=4096)(with_question_marks)


def connect(path: Path, lock_wait: float) -> sqlite3.Connection:
    """Open the file, made when missing for this user alone: it holds what is told in confidence.

    It waits `lock_wait` seconds for others' locks.
    """
    # Never one that is there: closing it would let go of the locks this process has on it. Why it
    # cannot be made, SQLite itself tells.
    with suppress(OSError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    connection = sqlite3.connect(
        path,
        timeout=lock_wait,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
    )
    try:
        _use_write_ahead_log(connection, lock_wait)
        connection.execute("pragma synchronous = full")
        # What is removed or changed is overwritten, where not every build of SQLite does so.
        connection.execute("pragma secure_delete = on")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _use_write_ahead_log(connection: sqlite3.Connection, lock_wait: float) -> None:
    """Switch the file to WAL; SQLite does not wait by itself for another that does the same."""
    deadline = time.monotonic() + lock_wait
    while True:
        try:
            connection.execute("pragma journal_mode = wal")
            return
        except sqlite3.OperationalError as error:
            if code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def connect_for_reading(path: Path, lock_wait: float) -> sqlite3.Connection:
    connection = connect(path, lock_wait)
    connection.execute("pragma query_only = 1")
    return connection


def code(error: BaseException) -> int:
    """SQLite's primary result code; 0 for errors that are not SQLite's."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def concerns_whole_file(error: BaseException) -> bool:
    """Whether no other statement would fare better just now."""
    return code(error) in _WHOLE_FILE


def explained(error: BaseException, path: Path) -> DatabaseError:
    """What `error` means to a caller."""
    if code(error) == sqlite3.SQLITE_INTERRUPT:
        return QueryTimeout(f"a read of {path} took too long and was stopped")
    if code(error) == sqlite3.SQLITE_CONSTRAINT:
        return IntegrityViolation(str(error))
    kind, remedy = _WHOLE_FILE.get(code(error), (DatabaseError, None))
    return kind(f"{path} {remedy} ({error})" if remedy else f"{path}: {error}")


def explained_commit(error: BaseException, path: Path) -> DatabaseError:
    """What `error` means when COMMIT raised it.

    After a failed fsync the whole transaction may yet reach the disk, and would be found there
    after a crash.
    """
    if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_FSYNC:
        return CommitUnknown(f"{path}: the disk did not confirm a commit ({error})")
    return explained(error, path)
