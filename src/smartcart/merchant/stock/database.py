"""Stock from a query on the shop's own database, which is only read.

It needs the extra `[sql]`, and the driver of that database. The columns have the titles of a CSV
file, which `as` gives them in the query.
"""

import asyncio
import hashlib
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import quote

from smartcart.kit.clock import micros, utc_now
from smartcart.merchant.stock import Count, Counted, Look, SourceUnreadable, count, rows

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection

_AT_ONCE = 1_000
_LONGEST_ERROR = 300

Row = tuple[str, ...]


@dataclass(slots=True)
class SqlQuery:
    """See `StockSource`. A look runs the query; what it says is so then.

    It runs in a transaction that is read only where the database has such a thing, is rolled back,
    and may take `within` seconds and `most_rows`.
    """

    name: str
    url: str = field(repr=False)
    query: str
    within: float
    most_rows: int
    _titles: Row = field(default=(), init=False, repr=False)
    _rows: Sequence[Row] = field(default=(), init=False, repr=False)

    @property
    def comes_whole(self) -> bool:
        return True

    def look(self) -> Look:
        asked = micros(utc_now())
        self._titles, self._rows = self._ask()
        digest = hashlib.sha256(repr((self._titles, sorted(self._rows))).encode())
        return Look(digest.hexdigest(), asked, asked)

    def read(self) -> Count:
        try:
            return count(self._products())
        except SourceUnreadable as error:
            raise SourceUnreadable(f"{self.name}: {error}") from error

    def _products(self) -> Iterator[Counted | str]:
        columns = rows.columns(self._titles)
        for number, cells in enumerate(self._rows, 1):
            yield from rows.counted(
                {name: cells[n] for name, n in columns.items()}, f"row {number}"
            )

    def _ask(self) -> tuple[Row, Sequence[Row]]:
        # Only a shop that keeps its stock so needs the extra.
        from sqlalchemy import make_url  # noqa: PLC0415
        from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

        try:
            return self._connected(_with_driver(make_url(self.url)))
        except DBAPIError as error:
            raise self._unreadable(str(error.orig)) from error
        except SourceUnreadable:
            raise
        except Exception as error:
            raise self._unreadable(str(error) or type(error).__name__) from error

    def _connected(self, url: "URL") -> tuple[Row, Sequence[Row]]:
        from sqlalchemy import create_engine  # noqa: PLC0415
        from sqlalchemy.pool import NullPool  # noqa: PLC0415

        if url.get_dialect().is_async:
            return asyncio.run(self._awaited(url))
        engine = create_engine(url, poolclass=NullPool)
        with engine.connect() as connection:
            return self._answer(connection)

    async def _awaited(self, url: "URL") -> tuple[Row, Sequence[Row]]:
        from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415
        from sqlalchemy.pool import NullPool  # noqa: PLC0415

        engine = create_async_engine(url, poolclass=NullPool)
        async with asyncio.timeout(self.within), engine.connect() as connection:
            return await connection.run_sync(self._answer)

    def _answer(self, connection: "Connection") -> tuple[Row, Sequence[Row]]:
        from sqlalchemy import text  # noqa: PLC0415

        _restrict(connection, self.within)
        options = {"stream_results": True}
        # A colon of the query's own, as in a time, is no parameter.
        query = re.sub(r"(?<!:):(?=\w)", r"\\:", self.query)
        result = connection.execution_options(**options).execute(text(query))
        found: list[Row] = []
        for part in result.partitions(_AT_ONCE):
            found += [tuple(map(rows.text, row)) for row in part]
            if len(found) > self.most_rows:
                raise SourceUnreadable(f"{self.name}: it has more than {self.most_rows} rows")
        titles = tuple(result.keys())
        connection.rollback()
        return titles, found

    def _unreadable(self, why: str) -> SourceUnreadable:
        """Without what the URL holds: drivers repeat it."""
        from sqlalchemy import make_url  # noqa: PLC0415

        with suppress(Exception):
            password = make_url(self.url).password
            why = why.replace(str(password), "***") if password else why
        return SourceUnreadable(f"{self.name}: {' '.join(why.split())[:_LONGEST_ERROR]}")


def _with_driver(url: "URL") -> "URL":
    """PostgreSQL by the driver that is ours as well, unless another is there; SQLite to read."""
    if url.drivername == "postgresql" and find_spec("psycopg2") is None:
        return url.set(drivername="postgresql+asyncpg")
    if url.get_backend_name() == "sqlite" and url.database and not url.query:
        # Or SQLite would make an empty database where there is none.
        there = {"mode": "ro", "uri": "true"}
        return url.set(database=f"file:{quote(url.database)}", query=there)
    return url


def _restrict(connection: "Connection", within: float) -> None:
    """Have the database itself refuse to write, and give up in time, as far as it can."""
    milliseconds = round(within * 1000)
    kind = connection.dialect.name
    for statement in _RESTRICTIONS.get(kind, ()):
        connection.exec_driver_sql(statement.format(ms=milliseconds, seconds=within))
    if kind == "sqlite":
        _interrupt_after(connection, within)


_RESTRICTIONS = {
    "postgresql": (
        "set transaction read only",
        "set local statement_timeout = {ms}",
        "set local lock_timeout = {ms}",
    ),
    "mysql": ("set session transaction read only", "set session max_execution_time = {ms}"),
    "mariadb": ("set session transaction read only", "set session max_statement_time = {seconds}"),
    "oracle": ("set transaction read only",),
    "mssql": ("set lock_timeout {ms}",),
    "sqlite": ("pragma query_only = on",),
}


def _interrupt_after(connection: "Connection", within: float) -> None:
    until = time.monotonic() + within
    raw = connection.connection.driver_connection
    if raw is not None and hasattr(raw, "set_progress_handler"):
        raw.set_progress_handler(lambda: time.monotonic() > until, 10_000)
