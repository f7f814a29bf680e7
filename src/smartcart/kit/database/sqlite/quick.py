"""Short reads, done where they are asked: handing one to a thread costs more than the read."""

import sqlite3
from pathlib import Path

from smartcart.kit.database.rows import Row
from smartcart.kit.database.sqlite.connection import REFUSALS, code, explained, rewritten
from smartcart.kit.database.write_set import Value

# A look-up by key takes some dozens of SQLite's steps; this many take about a tenth of a
# millisecond, which is as long as the event loop may wait.
_STEPS = 5_000
_FOR_A_THREAD = (sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY)


class QuickReader:
    """Reads on the caller's thread, up to a number of steps. Its connection must not wait."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        connection.set_progress_handler(lambda: True, _STEPS)

    def read(self, sql: str, params: tuple[Value, ...]) -> list[Row] | None:
        """The rows; None when the read is longer, or would have to wait: ask a thread."""
        try:
            return rows(self._connection, sql, params)
        except REFUSALS as error:
            if code(error) in _FOR_A_THREAD:
                return None
            raise explained(error, self._path) from error

    def close(self) -> None:
        self._connection.close()


def rows(connection: sqlite3.Connection, sql: str, params: tuple[Value, ...]) -> list[Row]:
    """The rows of a query as dicts by column name."""
    cursor = connection.execute(rewritten(sql), params)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor]
