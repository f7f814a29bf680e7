"""A write set that somebody else has written and not yet committed: an interleaving, forced."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing

import asyncpg

from smartcart.kit.database import Effect, Guard, WriteSet
from smartcart.kit.database.write_set import with_question_marks

Commit = Callable[[], Awaitable[object]]


@asynccontextmanager
async def half_written(url: str, write_set: WriteSet) -> AsyncIterator[Commit]:
    """`write_set` in an open transaction of another process's; call what is given to commit it."""
    opened = _on_postgres if url.startswith("postgres") else _on_sqlite
    async with opened(url, write_set) as commit:
        yield commit


@asynccontextmanager
async def _on_postgres(url: str, write_set: WriteSet) -> AsyncIterator[Commit]:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("begin")
        for step in _steps(write_set):
            await connection.execute(step.statement.sql, *step.params)
        yield lambda: connection.execute("commit")
    finally:
        await connection.close()


@asynccontextmanager
async def _on_sqlite(url: str, write_set: WriteSet) -> AsyncIterator[Commit]:
    path = url.removeprefix("sqlite:///")
    with closing(
        sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    ) as connection:
        connection.execute("begin immediate")
        for step in _steps(write_set):
            connection.execute(with_question_marks(step.statement.sql), step.params)
        yield lambda: asyncio.to_thread(_commit, connection)


def _steps(write_set: WriteSet) -> list[Guard | Effect]:
    return [*write_set.guards, *write_set.effects]


def _commit(connection: sqlite3.Connection) -> None:
    connection.execute("commit")
