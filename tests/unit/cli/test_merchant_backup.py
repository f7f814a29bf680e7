"""`smartcart merchant backup`: one moment of a database that is being written."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

from smartcart.kit.database import WriteSet, back_up, open_database
from smartcart.merchant.domain.reservations import Change
from smartcart.merchant.domain.skus import Sku, Spot
from smartcart.merchant.storage import MIGRATIONS, stock
from tests.support.commands import Shell


async def test_a_backup_is_one_moment_of_a_database_that_is_written(tmp_path: Path) -> None:
    url, sku = str(tmp_path / "shop.db"), Sku("1001")
    database = await open_database(url, MIGRATIONS)
    await database.commit(WriteSet(effects=(stock.counted(Spot(sku), 1_000_000, 1),)))
    written = 0

    async def write() -> None:
        nonlocal written
        while True:
            change = Change(Spot(sku), 0, 1)
            await database.commit(stock.changed(f"C{written}", change, stock.RELEASED, 1))
            written += 1

    writer = asyncio.create_task(write())
    try:
        for number in range(5):
            before = written
            while written < before + 5:
                await asyncio.sleep(0)
            least = written
            copy = tmp_path / f"backup-{number}.db"
            await asyncio.to_thread(back_up, url, copy)
            reserved, reservations = figures(copy)
            assert reserved == reservations
            assert least <= reserved <= written + 1
            assert mode(copy) == 0o600
    finally:
        writer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await writer
        await database.close()


def figures(path: Path) -> tuple[int, int]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        (reserved,) = connection.execute("select sum(reserved) from stock").fetchone()
        (reservations,) = connection.execute("select sum(quantity) from reservation").fetchone()
    return reserved, reservations


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def test_a_shop_goes_on_from_its_backup(tmp_path: Path) -> None:
    url, copy, sku = str(tmp_path / "shop.db"), tmp_path / "copy.db", Sku("1001")
    database = await open_database(url, MIGRATIONS)
    await database.commit(WriteSet(effects=(stock.counted(Spot(sku), 7, 1),)))
    await asyncio.to_thread(back_up, url, copy)
    await database.close()
    restored = await open_database(str(copy), MIGRATIONS)
    await restored.commit(stock.changed("C1", Change(Spot(sku), 0, 2), stock.RELEASED, 1))
    (row,) = await stock.page(restored, Sku(""), 10)
    await restored.close()
    assert (row.sku, row.quantity, row.reserved) == (sku, 7, 2)


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    there = tmp_path / "there.db"
    there.write_bytes(b"mine")
    told = Shell(tmp_path).told("merchant", "backup", str(there), "--database", str(there))
    assert "there already" in told
    assert there.read_bytes() == b"mine"


def test_without_a_sound_database_there_is_no_backup(tmp_path: Path) -> None:
    source, copy = tmp_path / "shop.db", tmp_path / "copy.db"
    words = ("merchant", "backup", str(copy), "--database", str(source))
    assert "no database" in Shell(tmp_path).told(*words)
    source.write_bytes(b"no database at all" * 100)
    assert "could not be backed up" in Shell(tmp_path).told(*words)
    assert list(tmp_path.iterdir()) == [source]


def test_postgresql_is_told_its_own_command(tmp_path: Path) -> None:
    url = "postgresql://shop:secret@host/shop"
    told = Shell(tmp_path).told("merchant", "backup", "copy.db", "--database", url)
    assert "pg_dump --format=custom --file=copy.db" in told
    assert "secret" not in told
