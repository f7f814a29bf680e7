"""`smartcart merchant restore`: what is put in the database's place, and what never is."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from smartcart.kit.database import WriteSet, open_database
from smartcart.marketplace.storage import MIGRATIONS as MARKETPLACE
from smartcart.merchant.domain.skus import Sku, Spot
from smartcart.merchant.storage import MIGRATIONS, stock
from tests.support.commands import Shell

_HOLD = """
import asyncio, sys
from smartcart.kit.database import open_database
from smartcart.merchant.storage import MIGRATIONS
async def hold():
    await open_database(sys.argv[1], MIGRATIONS)
    print("open", flush=True)
    await asyncio.sleep(60)
asyncio.run(hold())
"""


def counted(path: Path, pieces: int) -> None:
    asyncio.run(_counted(path, pieces))


async def _counted(path: Path, pieces: int) -> None:
    database = await open_database(str(path), MIGRATIONS)
    await database.commit(WriteSet(effects=(stock.counted(Spot(Sku("1001")), pieces, 1),)))
    await database.close()


def pieces(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        (found,) = connection.execute("select quantity from stock").fetchone()
    return int(found)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A database with 9 pieces; beside it `monday.db`, a backup with 7."""
    database = tmp_path / "shop.db"
    counted(database, 7)
    words = ("merchant", "backup", str(tmp_path / "monday.db"), "--database", str(database))
    Shell(tmp_path).ok(*words)
    counted(database, 9)
    return database


def words(file: Path, database: Path) -> tuple[str, ...]:
    return ("merchant", "restore", str(file), "--database", str(database))


def kept_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("shop-before-*.db"))


@contextmanager
def held_open(database: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that has the database open."""
    command = [sys.executable, "-c", _HOLD, str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        try:
            yield process
        finally:
            process.kill()


def test_the_backup_takes_the_place_and_what_was_there_is_kept(shop: Path) -> None:
    shop.chmod(0o640)
    told = Shell(shop.parent).ok(*words(shop.parent / "monday.db", shop))
    [kept] = kept_in(shop.parent)
    assert (pieces(shop), pieces(kept)) == (7, 9)
    assert str(kept) in told
    assert shop.stat().st_mode & 0o777 == 0o640
    assert sorted(shop.parent.iterdir()) == sorted([shop, kept, shop.parent / "monday.db"])


def test_what_a_killed_program_had_committed_is_in_what_is_kept(shop: Path) -> None:
    with held_open(shop) as process:
        counted(shop, 8)
        process.send_signal(signal.SIGKILL)
        process.wait()
    Shell(shop.parent).ok(*words(shop.parent / "monday.db", shop))
    [kept] = kept_in(shop.parent)
    assert (pieces(shop), pieces(kept)) == (7, 8)


def test_twice_keeps_both(shop: Path) -> None:
    for _ in range(2):
        Shell(shop.parent).ok(*words(shop.parent / "monday.db", shop))
    assert sorted(map(pieces, kept_in(shop.parent))) == [7, 9]


def test_while_a_program_has_it_open_nothing_is_done(shop: Path) -> None:
    with held_open(shop):
        told = Shell(shop.parent).told(*words(shop.parent / "monday.db", shop))
    assert f"{shop} is in use: stop the program" in told
    assert pieces(shop) == 9
    assert kept_in(shop.parent) == []


def test_a_damaged_database_is_kept_too(shop: Path) -> None:
    shop.write_bytes(b"no database any more" * 500)
    Path(f"{shop}-wal").write_bytes(b"of the damaged one")
    Shell(shop.parent).ok(*words(shop.parent / "monday.db", shop))
    [kept] = kept_in(shop.parent)
    assert (pieces(shop), kept.read_bytes()) == (7, b"no database any more" * 500)
    assert Path(f"{kept}-wal").read_bytes() == b"of the damaged one"
    assert not Path(f"{shop}-wal").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")
def test_a_damaged_database_that_a_program_has_open_is_left(shop: Path) -> None:
    with held_open(shop):
        with shop.open("rb+") as file:
            file.write(b"damage of the first page" * 100)
        told = Shell(shop.parent).told(*words(shop.parent / "monday.db", shop))
    assert "is in use" in told
    assert kept_in(shop.parent) == []


def test_where_there_is_none_it_is_put(shop: Path) -> None:
    new = shop.parent / "new.db"
    Path(f"{new}-wal").write_bytes(b"of one that was moved away")
    told = Shell(shop.parent).ok(*words(shop.parent / "monday.db", new))
    assert (pieces(new), "kept" in told) == (7, False)
    assert not Path(f"{new}-wal").exists()


def _truncated(good: Path, bad: Path) -> None:
    bad.write_bytes(good.read_bytes()[:-8192])


def _no_database(_good: Path, bad: Path) -> None:
    bad.write_bytes(b"a letter" * 1000)


def _empty(_good: Path, bad: Path) -> None:
    bad.touch()


def _newer(good: Path, bad: Path) -> None:
    bad.write_bytes(good.read_bytes())
    with closing(sqlite3.connect(bad)) as connection:
        connection.execute("insert into migration values ('merchant', 999, 'later', 1)")
        connection.commit()


def _in_part(good: Path, bad: Path) -> None:
    bad.write_bytes(good.read_bytes())
    with closing(sqlite3.connect(bad)) as connection:
        connection.execute("delete from migration where component = 'journal'")
        connection.commit()


def _of_others(_good: Path, bad: Path) -> None:
    with closing(sqlite3.connect(bad)) as connection:
        connection.execute("create table bookmark (url text)")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_truncated, "malformed"),
        (_no_database, "is no backup that can be used: file is not a database"),
        (_empty, "is not a whole backup of this program: it holds no journal, merchant, outbox"),
        (_newer, "has version 999 of merchant"),
        (_in_part, "it holds no journal"),
        (_of_others, "is some other program's database: it holds the tables bookmark"),
    ],
)
def test_what_is_no_whole_backup_is_refused(
    shop: Path, spoil: Callable[[Path, Path], None], why: str
) -> None:
    bad = shop.parent / "bad.db"
    spoil(shop.parent / "monday.db", bad)
    told = Shell(shop.parent).told(*words(bad, shop))
    assert why in told
    assert str(bad) in told
    assert pieces(shop) == 9
    assert kept_in(shop.parent) == []
    assert not list(shop.parent.glob(".*"))


async def _made(market: Path) -> None:
    await (await open_database(str(market), MARKETPLACE)).close()


def test_a_marketplace_is_never_taken_for_a_shop(shop: Path) -> None:
    market = shop.parent / "market.db"
    asyncio.run(_made(market))
    monday = shop.parent / "monday.db"
    assert "it holds marketplace" in Shell(shop.parent).told(*words(market, shop))
    assert "belongs to another program" in Shell(shop.parent).told(*words(monday, market))
    assert "is the database itself" in Shell(shop.parent).told(*words(shop, shop))
    assert "no backup at" in Shell(shop.parent).told(*words(shop.parent / "none.db", shop))


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="needs root to try")
def test_the_owner_stays(shop: Path) -> None:
    os.chown(shop, 12345, 12346)
    Shell(shop.parent).ok(*words(shop.parent / "monday.db", shop))
    assert (shop.stat().st_uid, shop.stat().st_gid) == (12345, 12346)


def test_postgresql_is_told_its_own_commands(tmp_path: Path) -> None:
    url = "postgresql://shop:secret@host/shop"
    told = Shell(tmp_path).told("merchant", "restore", "monday.dump", "--database", url)
    assert "pg_restore --no-owner --exit-on-error --dbname=NEW_URL monday.dump" in told
    assert "secret" not in told
