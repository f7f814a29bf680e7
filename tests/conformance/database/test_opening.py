"""Schemas are brought up to date once, by whoever opens first; other programs' are left alone."""

import asyncio
import importlib.util
import os
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import msgspec
import pytest

from smartcart.kit.database import (
    Database,
    DatabaseError,
    DatabaseUnavailable,
    Migrations,
    SchemaTooNew,
    Statement,
    WriteSet,
    WrongDatabase,
    components,
    open_database,
)
from smartcart.kit.database.limits import Limits
from tests.conformance.database.tables import (
    BROKEN,
    LATER,
    OTHER,
    SCHEMA,
    SLOW,
    add,
    counters,
    create,
    opened,
    take,
    written,
)

_RECORD = Statement(
    "insert into migration (component, version, name, applied_at) values ($1, $2, $3, $4)", rank=1
)


class Applied(msgspec.Struct, frozen=True):
    component: str
    version: int
    name: str


async def test_migrations_are_applied_in_order_and_recorded(database_url: str) -> None:
    async with opened(database_url) as database:
        applied = await database.read(
            Applied, "select component, version, name from migration order by version"
        )

    assert applied == [Applied("suite", 1, "counter"), Applied("suite", 2, "entry")]


async def test_what_is_written_is_there_when_opened_again(database_url: str) -> None:
    async with opened(database_url) as database:
        await database.commit(written(add("kept", 1)))

    async with opened(database_url) as database:
        assert await counters(database) == {"kept": 1}


async def test_several_programs_may_open_a_new_database_at_once(database_url: str) -> None:
    programs = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.conformance.database.opener", database_url),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        for _ in range(5)
    ]
    said = [(await program.communicate())[0].decode() for program in programs]

    assert [text.splitlines()[-1] for text in said] == ["opened"] * 5
    async with opened(database_url) as database:
        rows = await database.read(Applied, "select component, version, name from migration")
        assert sorted(row.version for row in rows) == [1, 2]


async def test_several_openings_at_once_in_one_program(database_url: str) -> None:
    databases = await asyncio.gather(*(open_database(database_url, [SCHEMA]) for _ in range(6)))

    await asyncio.gather(*(database.commit(written(add("n", 1))) for database in databases))
    assert await counters(databases[0]) == {"n": 6}
    for database in databases:
        await database.close()


async def test_postgres_opening_waits_for_a_migration_however_long_it_takes(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    impatient = Limits(lock_wait=0.1, answer_time=0.2)

    first, second = await asyncio.gather(
        *(open_database(postgres_url, [SCHEMA, SLOW], impatient) for _ in range(2))
    )

    await asyncio.gather(*(database.commit(written(add("n", 1))) for database in (first, second)))
    assert await counters(first) == {"n": 2}
    assert [one.levelname for one in caplog.records] == ["WARNING"]
    assert f"waiting for another process that brings {place(postgres_url)}" in caplog.text
    for database in (first, second):
        await database.close()


async def test_an_open_program_goes_on_when_a_newer_one_adds_to_its_tables(
    database_url: str,
) -> None:
    async with opened(database_url) as old:
        await old.commit(WriteSet(guards=(create("n", 5),)))
        assert await counters(old) == {"n": 5}  # every statement is prepared from now on
        await old.commit(WriteSet(guards=(take("n"),), effects=(add("n", 2),)))

        async with opened_by(database_url, SCHEMA, LATER) as new:
            for database in (old, new):
                await database.commit(WriteSet(guards=(take("n"),), effects=(add("n", 3),)))
                await database.commit(WriteSet(guards=(create(f"of {id(database)}", 1),)))
                assert (await counters(database))["n"] in (8, 10)
        assert (await counters(old))["n"] == 10


async def test_a_schema_newer_than_the_program_is_refused(database_url: str) -> None:
    async with opened(database_url) as database:
        await database.commit(
            WriteSet(effects=(_RECORD.effect("", "suite", 7, "from the future", 0),))
        )

    with pytest.raises(SchemaTooNew, match=r"version 7 of suite.*up to 2.*Install") as caught:
        await open_database(database_url, [SCHEMA])

    assert place(database_url) in str(caught.value)


async def test_another_programs_database_is_refused_and_left_alone(database_url: str) -> None:
    await (await open_database(database_url, [OTHER])).close()

    with pytest.raises(WrongDatabase, match=r"holds other.*knows only suite") as caught:
        await open_database(database_url, [SCHEMA])

    assert place(database_url) in str(caught.value)
    assert await components(database_url) == {"other"}


async def test_a_migration_that_fails_leaves_nothing(database_url: str) -> None:
    with pytest.raises(DatabaseError):
        await open_database(database_url, [OTHER, BROKEN])

    assert await components(database_url) == frozenset()
    async with opened(database_url) as database:
        assert await counters(database) == {}


async def test_components_tells_what_a_database_holds_and_makes_nothing(
    database_url: str,
) -> None:
    assert await components(database_url) == frozenset()
    assert not file_exists(database_url)

    await (await open_database(database_url, [SCHEMA, OTHER])).close()

    assert await components(database_url) == {"suite", "other"}


async def test_components_of_a_postgres_database_that_does_not_exist(postgres_url: str) -> None:
    assert await components(f"{postgres_url}_not_there") == frozenset()


async def test_sqlite_another_programs_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table photo (name text)")

    with pytest.raises(WrongDatabase, match=r"photos\.db.*photo"):
        await open_database(str(path), [SCHEMA])
    with pytest.raises(WrongDatabase, match=r"photos\.db.*photo"):
        await components(str(path))


async def test_sqlite_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear customer, " * 100)

    with pytest.raises(DatabaseUnavailable, match=r"letter\.txt is not an SQLite database"):
        await open_database(str(path), [SCHEMA])

    assert path.read_text() == "Dear customer, " * 100


async def test_sqlite_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"nowhere/shop\.db.*folder must exist"):
        await open_database(f"sqlite:///{tmp_path}/nowhere/shop.db", [SCHEMA])


async def test_sqlite_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for url in ("shop.db", "sqlite:///shop.db", f"sqlite:///{tmp_path}/shop.db"):
        async with opened(url) as database:
            await database.commit(written(add("n", 1)))

    async with opened(str(tmp_path / "shop.db")) as database:
        assert await counters(database) == {"n": 3}


@pytest.mark.parametrize("url", ["mysql://localhost/shop", "sqlite://shop.db", "", ":memory:"])
async def test_another_kind_of_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="give postgresql://"):
        await open_database(url, [SCHEMA])


async def test_postgres_without_its_driver_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr("smartcart.kit.database.opening.find_spec", lambda name: None)

    with pytest.raises(ImportError, match=r"smartcart\[postgres\]"):
        await open_database("postgresql://localhost/shop", [SCHEMA])


@asynccontextmanager
async def opened_by(url: str, *migrations: Migrations) -> AsyncIterator[Database]:
    database = await open_database(url, migrations)
    yield database
    await database.close()


def place(url: str) -> str:
    """What a message must show, so that its reader knows which database is meant."""
    return url.removeprefix("sqlite:///").rpartition("@")[2]


def file_exists(url: str) -> bool:
    return Path(url.removeprefix("sqlite:///")).exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
async def test_a_new_sqlite_file_is_its_owners_alone_and_one_that_is_there_stays_as_it_is(
    tmp_path: Path,
) -> None:
    new, there = tmp_path / "new.db", tmp_path / "there.db"
    there.touch(mode=0o640)
    for path in (new, there):
        async with opened(str(path)) as database:
            await database.commit(written(add("apples", 1)))
            modes = _modes(path)
        assert modes == {0o600 if path == new else 0o640}


def _modes(path: Path) -> set[int]:
    """Of the file and what SQLite keeps beside it."""
    return {one.stat().st_mode & 0o777 for one in path.parent.glob(f"{path.name}*")}
