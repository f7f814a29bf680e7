"""Threads that read, each with a connection of its own, so that no read waits for a writer."""

import asyncio
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue

from smartcart.kit.database.errors import DatabaseError
from smartcart.kit.database.rows import Row
from smartcart.kit.database.sqlite.connection import REFUSALS, explained
from smartcart.kit.database.sqlite.quick import rows
from smartcart.kit.database.write_set import Value

_STEPS_BETWEEN_LOOKS_AT_THE_CLOCK = 100_000

Query = tuple[str, tuple[Value, ...], asyncio.Future[list[Row]]]
Answer = list[Row] | DatabaseError


class Readers:
    """Queries in, rows out, by a thread for each connection."""

    def __init__(
        self, connections: Sequence[sqlite3.Connection], path: Path, read_time: float
    ) -> None:
        self._queries: SimpleQueue[Query | None] = SimpleQueue()
        self._answers = _Answers()
        self._threads = [
            _Reader(connection, path, read_time, self._queries, self._answers)
            for connection in connections
        ]

    async def read(self, sql: str, params: tuple[Value, ...]) -> list[Row]:
        future: asyncio.Future[list[Row]] = asyncio.get_running_loop().create_future()
        self._queries.put((sql, params, future))
        return await future

    async def close(self) -> None:
        """Answer what was asked and end the threads."""
        for _ in self._threads:
            self._queries.put(None)
        for thread in self._threads:
            await thread.ended


class _Answers:
    """Answers on their way to the loop, which is woken once for all that are waiting."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[asyncio.Future[list[Row]], Answer]] = deque()
        self._called = False

    def put(self, future: asyncio.Future[list[Row]], answer: Answer) -> None:
        self._waiting.append((future, answer))
        if not self._called:
            self._called = True
            self.loop.call_soon_threadsafe(self._hand_out)

    def _hand_out(self) -> None:
        self._called = False
        while self._waiting:
            future, answer = self._waiting.popleft()
            if future.done():
                continue
            if isinstance(answer, DatabaseError):
                future.set_exception(answer)
            else:
                future.set_result(answer)


class _Reader:
    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path,
        read_time: float,
        queries: "SimpleQueue[Query | None]",
        answers: _Answers,
    ) -> None:
        self._path = path
        self._connection = connection
        self._connection.set_progress_handler(self._is_late, _STEPS_BETWEEN_LOOKS_AT_THE_CLOCK)
        self._read_time = read_time
        self._deadline = 0.0
        self._queries = queries
        self._answers = answers
        self.ended = answers.loop.create_future()
        threading.Thread(target=self._run, name="sqlite-reader", daemon=True).start()

    def _run(self) -> None:
        while query := self._queries.get():
            sql, params, future = query
            if not future.cancelled():
                self._answers.put(future, self._answer(sql, params))
        self._connection.close()
        self._answers.loop.call_soon_threadsafe(self.ended.set_result, None)

    def _answer(self, sql: str, params: tuple[Value, ...]) -> Answer:
        self._deadline = time.monotonic() + self._read_time
        try:
            return rows(self._connection, sql, params)
        except REFUSALS as error:
            return explained(error, self._path)

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline
