"""Reads on the event loop's own thread: short ones stay there, long ones are left to a thread."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from smartcart.kit.database.sqlite.quick import QuickReader

PEARS = "select n from pear where n < $1"
TWO = [{"n": 0}, {"n": 1}]


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as opened:
        opened.execute("create table pear (n bigint primary key)")
        opened.executemany("insert into pear values (?)", [(n,) for n in range(10_000)])
        yield opened


@pytest.fixture
def quick(connection: sqlite3.Connection) -> QuickReader:
    return QuickReader(connection, Path("pears"))


def test_a_short_read_is_never_left_to_a_thread_however_often_it_was_made(
    quick: QuickReader,
) -> None:
    assert [quick.read(PEARS, (2,)) for _ in range(1_000)] == [TWO] * 1_000


def test_a_long_one_does_not_make_the_short_ones_after_it_slower(
    connection: sqlite3.Connection, quick: QuickReader
) -> None:
    assert quick.read(PEARS, (10_000,)) is None
    prepared: list[int] = []

    def noted(*_: object) -> int:
        prepared.append(len(read))
        return sqlite3.SQLITE_OK

    connection.set_authorizer(noted)
    read: list[object] = []
    while len(read) < 10:
        read.append(quick.read(PEARS, (2,)))
    assert (read, set(prepared)) == ([TWO] * 10, {0})
