"""Migrations on SQLite, all in one transaction that keeps other processes out."""

import sqlite3
import time
from collections.abc import Sequence

from smartcart.kit.database.errors import WrongDatabase
from smartcart.kit.database.migrations import RECORD, TABLE, VERSIONS, Migration, outstanding
from smartcart.kit.database.sqlite.connection import rewritten

_TABLES = "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration], where: str) -> None:
    """Apply what is outstanding, all or nothing."""
    if not outstanding(migrations, applied_versions(connection, where), where):
        return
    connection.execute("begin immediate")
    try:
        for migration in outstanding(migrations, applied_versions(connection, where), where):
            _apply(connection, migration)
        connection.execute("commit")
    finally:
        if connection.in_transaction:
            connection.execute("rollback")


def applied_versions(connection: sqlite3.Connection, where: str) -> dict[str, int]:
    """The newest version of each component in the file; WrongDatabase if others made its tables."""
    tables = {name for (name,) in connection.execute(_TABLES)}
    if not tables:
        return {}
    if "migration" not in tables:
        raise WrongDatabase(
            f"{where} is some other program's database: it holds the tables "
            f"{', '.join(sorted(tables))}. Give the path of a new file."
        )
    return dict(connection.execute(VERSIONS))


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
    connection.execute(TABLE)
    for statement in migration.statements():
        connection.execute(statement)
    connection.execute(
        rewritten(RECORD),
        (migration.component, migration.version, migration.name, time.time_ns() // 1000),
    )
