"""What the tests share of a database is emptied whole between them."""

from pathlib import Path

import msgspec

from tests.support.marketplace import TABLES, opened

KEPT = {"migration", "order_change_epoch"}


class Table(msgspec.Struct, frozen=True):
    name: str


async def test_every_table_of_the_marketplace_is_emptied(tmp_path: Path) -> None:
    async with opened(str(tmp_path / "marketplace.db")) as database:
        tables = await database.read(Table, "select name from sqlite_master where type = 'table'")
    assert {table.name for table in tables} - KEPT == set(TABLES)
