"""A program killed in the middle of a write set leaves nothing of it."""

import asyncio
import signal
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import closing

import asyncpg

from tests.conformance.database.tables import add, counters, enter, entries, opened, written


async def test_of_a_set_that_a_killed_program_was_writing_nothing_is_there(
    database_url: str,
) -> None:
    async with opened(database_url) as database:
        await database.commit(written(enter("kept")))
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.conformance.database.opener", database_url, "write"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdout is not None
    assert await program.stdout.readline() == b"opened\n"
    await until(lambda: is_in_the_middle(database_url))

    program.send_signal(signal.SIGKILL)
    assert await program.stdout.read() == b""
    assert await program.wait() == -signal.SIGKILL
    await end_of_labour(database_url)

    async with opened(database_url) as database:
        assert await counters(database) == {}
        assert await entries(database) == [("kept", 1, "")]
        await database.commit(written(add("half", 1), enter("before")))
        assert await counters(database) == {"half": 1}


async def is_in_the_middle(url: str) -> bool:
    """Whether the first statements of the set ran, and the slow one does."""
    if url.startswith("sqlite:///"):
        locked = _is_locked(url.removeprefix("sqlite:///"))
        await asyncio.sleep(0.3)  # once it holds the lock, the first statements take no time
        return locked
    return await _exists(url, _LABOURING)


def _is_locked(path: str) -> bool:
    with closing(sqlite3.connect(path, timeout=0)) as connection:
        try:
            connection.execute("begin immediate")
        except sqlite3.OperationalError:
            return True
        return False


async def end_of_labour(url: str) -> None:
    """PostgreSQL notices that its client is gone when the statement ends; have it end now."""
    if url.startswith("postgresql"):
        connection = await asyncpg.connect(url)
        await connection.execute(f"select pg_cancel_backend(pid) from ({_LABOURING}) as it")
        await connection.close()
        await until(lambda: _all_quiet(url))


async def _all_quiet(url: str) -> bool:
    return not await _exists(url, _OTHERS)


async def _exists(url: str, sessions: str) -> bool:
    connection = await asyncpg.connect(url)
    try:
        return bool(await connection.fetchval(f"select exists ({sessions})"))
    finally:
        await connection.close()


_OTHERS = """select pid from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid()"""
_LABOURING = f"{_OTHERS} and state = 'active' and query like 'insert into entry%recursive%'"


async def until(happened: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + 20
    while not await happened():
        assert time.monotonic() < deadline, "it never happened"
        await asyncio.sleep(0.05)
