"""The database that tests share one after another holds nothing of the one before."""

import msgspec

from smartcart.kit.database import Database
from tests.support.marketplace import TABLES, opened

KEPT = {"migration", "order_change_epoch"}
"""Of no use when they are empty."""
_POSTGRES = "select tablename as name from pg_tables where schemaname = current_schema()"
_SQLITE = "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"


class _Table(msgspec.Struct):
    name: str


async def tables(database: Database, url: str) -> set[str]:
    asked = _SQLITE if url.startswith("sqlite") else _POSTGRES
    return {table.name for table in await database.read(_Table, asked)}


async def test_every_table_is_emptied(database_url: str) -> None:
    async with opened(database_url) as database:
        assert await tables(database, database_url) == KEPT | set(TABLES)
