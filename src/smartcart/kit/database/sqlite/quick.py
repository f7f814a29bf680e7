"""Short reads, done where they are asked: handing one to a thread costs more than the read."""

import sqlite3
from itertools import count
from pathlib import Path

from smartcart.kit.database.rows import Row
from smartcart.kit.database.sqlite.connection import REFUSALS, code, explained, rewritten
from smartcart.kit.database.write_set import Value

# A look-up by key takes some dozens of SQLite's steps; this many take about a tenth of a
# millisecond, which is as long as the event loop may wait.
_STEPS = 5_000
# SQLite counts the steps of a statement from its first run on, so a look at every `_STEPS` of them
# would end a short read now and then: each run has so many looks.
_LOOKS = 5
_FOR_A_THREAD = (sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY)


class QuickReader:
    """Reads on the caller's thread, up to a number of steps. Its connection must not wait."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._looks = 0
        self._spellings: dict[str, str] = {}
        self._numbers = count(1)
        connection.set_progress_handler(self._is_long, _STEPS // _LOOKS)

    def read(self, sql: str, params: tuple[Value, ...]) -> list[Row] | None:
        """The rows; None when the read is longer, or would have to wait: ask a thread."""
        self._looks = 0
        try:
            return rows(self._connection, self._spellings.get(sql, sql), params)
        except REFUSALS as error:
            if code(error) in _FOR_A_THREAD:
                self._spell_anew(sql)
                return None
            raise explained(error, self._path) from error

    def _is_long(self) -> bool:
        self._looks += 1
        return self._looks > _LOOKS

    def _spell_anew(self, sql: str) -> None:
        """So that it is prepared once more and kept.

        Python 3.11 takes a statement that was ended early for one in use for ever, and prepares its
        text for each read, which takes longer than most reads do.
        """
        self._spellings[sql] = f"{sql} -- {next(self._numbers)}"

    def close(self) -> None:
        self._connection.close()


def rows(connection: sqlite3.Connection, sql: str, params: tuple[Value, ...]) -> list[Row]:
    """The rows of a query as dicts by column name."""
    cursor = connection.execute(rewritten(sql), params)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor]
