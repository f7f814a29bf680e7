"""What need not be durable does not wait for the disk; all else does, and takes it along.

Each engine's own setting is noted as it is when a commit is made. (Whether a disk keeps what it has
acknowledged is beyond a test.)
"""

import sqlite3

import asyncpg
import pytest

from smartcart.kit.database import WriteSet
from tests.conformance.database.tables import (
    add,
    counters,
    enter,
    in_one_group,
    opened,
    outcomes,
    written,
)

_ON_SQLITE = """
create trigger noted after insert on entry begin
    insert into counter (key, value) select new.key, synchronous from pragma_synchronous;
end;
"""
# Deferred, so that it runs when the commit does.
_ON_POSTGRES = """
create function note() returns trigger language plpgsql as $$ begin
    insert into counter (key, value)
    select new.key,
        case current_setting('synchronous_commit') when 'on' then 2 when 'off' then 1 end;
    return null;
end $$;
create constraint trigger noted after insert on entry
    deferrable initially deferred for each row execute function note();
"""
_DOES_NOT_WAIT, _WAITS = 1, 2


@pytest.fixture
async def watched(database_url: str) -> str:
    """The URL of a database whose counters tell whether the commit of an entry waited."""
    async with opened(database_url):
        pass
    if database_url.startswith("postgresql"):
        connection = await asyncpg.connect(database_url)
        await connection.execute(_ON_POSTGRES)
        await connection.close()
    else:
        file = sqlite3.connect(database_url.removeprefix("sqlite:///"))
        file.executescript(_ON_SQLITE)
        file.close()
    return database_url


def lightly(key: str) -> WriteSet:
    return WriteSet(effects=(enter(key),), durable=False)


async def test_only_a_durable_set_waits_for_the_disk(watched: str) -> None:
    async with opened(watched) as database:
        await database.commit(lightly("light"))
        await database.commit(written(enter("durable")))
        await database.commit(lightly("light again"))

        assert await counters(database) == {
            "light": _DOES_NOT_WAIT,
            "durable": _WAITS,
            "light again": _DOES_NOT_WAIT,
        }


async def test_sets_that_share_a_commit_wait_when_one_of_them_must(watched: str) -> None:
    async with opened(watched) as database:
        await in_one_group(database, [lightly("light"), written(enter("durable"))])

        found = await counters(database)
        assert (found["light"], found["durable"]) == (_WAITS, _WAITS)


async def test_sets_that_share_a_commit_do_not_wait_when_none_must(watched: str) -> None:
    async with opened(watched) as database:
        await outcomes(database, [lightly("one"), lightly("other")])

        assert await counters(database) == {"one": _DOES_NOT_WAIT, "other": _DOES_NOT_WAIT}


def test_a_sum_is_durable_when_either_part_is() -> None:
    light, durable = lightly("light"), written(add("sold", 1))

    assert not (light + light).durable
    assert (light + durable).durable
    assert (durable + light).durable
