"""A database of an earlier version is found whole by what came later."""

import sqlite3
from contextlib import closing
from pathlib import Path

from smartcart import outbox
from smartcart.kit.database import open_database
from smartcart.kit.database.migrations import RECORD, TABLE
from smartcart.outbox import Position, Search


async def test_old_attempts_are_found_by_kind_and_lane(tmp_path: Path) -> None:
    file = tmp_path / "outbox.db"
    first, *_ = outbox.MIGRATIONS.load()
    with closing(sqlite3.connect(file)) as old:
        old.executescript(TABLE + ";" + first.sql)
        old.execute(RECORD.replace("$", "?"), ("outbox", 1, first.name, 0))
        old.executescript(
            """insert into stream values ('note/1', 'test', 'kyma', 2, 1, null, null, 0, null);
               insert into entry values ('note/1', 1, 'note', 'payload', 1);
               insert into attempt values ('note/1', 1, 1, 5, 7, 'exhausted', '500');
               insert into attempt values ('gone', 1, 1, 6, 7, 'delivered', '200');"""
        )
    database = await open_database(str(file), [outbox.MIGRATIONS])
    try:
        wanted = Search(kind="note", lane="kyma", outcome="exhausted")
        [kept] = await outbox.search(database, wanted, Position(9), 5)
        assert (kept.key, kept.detail, kept.status, kept.duration) == ("note/1", "500", None, 0.002)
    finally:
        await database.close()
