"""Every table's every column, looked through for texts that must not be there."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import asyncpg

Row = tuple[str, str, object]
"""A table, a column, and a value of it."""


async def kept(database_url: str, words: Iterable[str]) -> dict[str, set[str]]:
    """The places, as table.column, that hold each of the words, however written; only those found.

    Whatever tables there are are looked through.
    """
    rows = await _rows(database_url)
    found = {
        word: {f"{table}.{column}" for table, column, value in rows if _holds(value, word)}
        for word in words
    }
    return {word: places for word, places in found.items() if places}


def written(path: Path, words: Iterable[str]) -> set[str]:
    """The words that the bytes of a file hold, be it in pages that are free."""
    content = path.read_bytes()
    return {word for word in words if _holds(content, word)}


def _holds(value: object, word: str) -> bool:
    if not isinstance(value, bytes | str):
        return False
    text = value if isinstance(value, bytes) else value.encode()
    escaped = json.dumps(word)[1:-1]
    return any(form.encode() in text for form in (word, escaped, quote(word)))


async def _rows(url: str) -> list[Row]:
    if url.startswith("postgres"):
        return await _rows_of_server(url)
    return [*_rows_of_file(Path(url.removeprefix("sqlite:///")))]


def _rows_of_file(path: Path) -> Iterator[Row]:
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("select name from sqlite_master where type = 'table'")
        for (table,) in tables.fetchall():
            cursor = connection.execute(f'select * from "{table}"')
            names = [column[0] for column in cursor.description]
            for row in cursor:
                yield from ((table, name, value) for name, value in zip(names, row, strict=True))


async def _rows_of_server(url: str) -> list[Row]:
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch(
            "select table_name from information_schema.tables where table_schema = 'public'"
        )
        return [
            (table, name, value)
            for (table,) in tables
            for row in await connection.fetch(f'select * from "{table}"')
            for name, value in row.items()
        ]
    finally:
        await connection.close()
