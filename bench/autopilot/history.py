"""A shop with a long history: what one finished order has left in the database, many times over."""

import sqlite3
from contextlib import closing
from pathlib import Path

_COPIES = """with recursive copies (number) as
    (select 1 union all select number + 1 from copies where number < :count)"""
_NEW = "printf('old-%07d', number)"


def multiply(database: Path, code: str, count: int) -> int:
    """Copy every row that tells of the order `code` for `count` other codes; how many rows."""
    with closing(sqlite3.connect(database)) as connection, connection:
        tables = [
            name
            for (name,) in connection.execute(
                "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'"
            )
        ]
        return sum(_copy(connection, table, code, count) for table in tables)


def _copy(connection: sqlite3.Connection, table: str, code: str, count: int) -> int:
    columns = [row[1] for row in connection.execute(f"pragma table_info({table})")]
    telling = " or ".join(f"instr({column}, :code)" for column in columns)
    rows = f"from {table} where {telling}"
    [(found,)] = connection.execute(f"select count(*) {rows}", {"code": code})
    if not found:
        return 0
    values = ", ".join(_renamed(table, column) for column in columns)
    made = connection.execute(
        f"{_COPIES} insert into {table} ({', '.join(columns)})"
        f" select {values} from copies, (select * {rows})",
        {"code": code, "count": count},
    )
    return made.rowcount


def _renamed(table: str, column: str) -> str:
    """The column's value in a copy; an id that is of chance is of another one."""
    if (table, column) == ("journal", "id"):
        return "lower(hex(randomblob(8)))"
    renamed = f"replace({column}, :code, {_NEW})"
    blob = f"cast(replace(cast({column} as text), :code, {_NEW}) as blob)"
    return (
        f"case typeof({column}) when 'blob' then {blob} when 'text' then {renamed} "
        f"else {column} end"
    )
