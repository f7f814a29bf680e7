"""PostgreSQL only: connections break, and no caller is told what is not so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from smartcart.kit.database import CommitUnknown, Database, DatabaseUnavailable
from smartcart.kit.database.limits import DEFAULT_LIMITS, Limits
from tests.conformance.database.tables import add, counters, enter, entries, opened, written
from tests.support.proxy import Proxy, proxied


@asynccontextmanager
async def opened_through_proxy(
    url: str, limits: Limits = DEFAULT_LIMITS
) -> AsyncIterator[tuple[Proxy, Database]]:
    async with proxied(url) as (proxy, proxied_url), opened(proxied_url, limits) as database:
        await database.commit(written(add("warm", 1)))
        yield proxy, database


def is_commit(chunk: bytes) -> bool:
    return b"commit\0" in chunk


def is_read(chunk: bytes) -> bool:
    return b"from counter" in chunk


def is_insert(chunk: bytes) -> bool:
    return b"the order" in chunk


async def test_a_commit_whose_answer_is_lost_is_unknown_and_was_written(
    postgres_url: str,
) -> None:
    async with opened_through_proxy(postgres_url) as (proxy, database):
        proxy.swallow_answer_to(is_commit)
        with pytest.raises(CommitUnknown, match="whole or not at all"):
            await database.commit(written(add("apples", 1), enter("the order")))

        assert await entries(database) == [("the order", 1, "")]
        assert (await counters(database))["apples"] == 1


async def test_a_commit_that_is_lost_on_its_way_is_unknown_and_was_not_written(
    postgres_url: str,
) -> None:
    async with opened_through_proxy(postgres_url) as (proxy, database):
        proxy.cut_before(is_commit)
        with pytest.raises(CommitUnknown, match="whole or not at all"):
            await database.commit(written(add("apples", 1), enter("the order")))

        assert await entries(database) == []
        await database.commit(written(enter("later")))
        assert await entries(database) == [("later", 1, "")]


async def test_a_commit_that_is_not_answered_in_time_is_unknown(postgres_url: str) -> None:
    async with opened_through_proxy(postgres_url, Limits(answer_time=0.5)) as (proxy, database):
        proxy.hold_back(is_commit)
        with pytest.raises(CommitUnknown, match="no answer in time"):
            await database.commit(written(enter("the order")))

        await database.commit(written(enter("later")))
        assert await entries(database) == [("later", 1, "")]


async def test_a_statement_that_is_not_answered_in_time_was_not_written(
    postgres_url: str,
) -> None:
    async with opened_through_proxy(postgres_url, Limits(answer_time=0.5)) as (proxy, database):
        proxy.hold_back(is_insert)
        with pytest.raises(DatabaseUnavailable, match="no answer in time"):
            await database.commit(written(enter("the order")))

        await database.commit(written(enter("later")))
        assert await entries(database) == [("later", 1, "")]


async def test_a_set_whose_connection_broke_before_its_commit_is_written_once_on_another(
    postgres_url: str,
) -> None:
    async with opened_through_proxy(postgres_url) as (proxy, database):
        proxy.swallow_answer_to(is_insert)
        await database.commit(written(add("apples", 1), enter("the order")))

        assert await entries(database) == [("the order", 1, "")]
        assert (await counters(database))["apples"] == 1


async def test_a_read_whose_connection_breaks_is_read_on_another(postgres_url: str) -> None:
    async with opened_through_proxy(postgres_url) as (proxy, database):
        proxy.cut_before(is_read)

        assert await counters(database) == {"warm": 1}


async def test_a_server_that_is_away_is_unavailable_and_then_used_again(
    postgres_url: str,
) -> None:
    async with opened_through_proxy(postgres_url) as (proxy, database):
        await proxy.stop()
        with pytest.raises(DatabaseUnavailable, match=f"127.0.0.1:{proxy.port}"):
            await database.commit(written(enter("lost")))
        with pytest.raises(DatabaseUnavailable, match=f"127.0.0.1:{proxy.port}"):
            await entries(database)

        await proxy.start()
        await database.commit(written(enter("found")))
        assert await entries(database) == [("found", 1, "")]


async def test_connections_the_server_ends_are_replaced(postgres_url: str) -> None:
    async with opened(postgres_url) as database:
        await database.commit(written(enter("before")))
        assert len(await entries(database)) == 1
        await end_all_connections(postgres_url)

        await database.commit(written(enter("after")))
        assert [key for key, _, _ in await entries(database)] == ["after", "before"]


async def test_no_message_shows_the_password(postgres_url: str) -> None:
    secret = postgres_url.replace("postgres@", "postgres:hunter2@", 1).replace("/test_", "/none_")

    with pytest.raises(DatabaseUnavailable, match="create it first") as caught:
        async with opened(secret):
            pass

    assert "hunter2" not in str(caught.value)


async def end_all_connections(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(
        """select pg_terminate_backend(pid, 5000) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid()"""
    )
    await connection.close()


async def test_a_server_that_says_goodbye_to_who_is_idle_is_left_before_its_end_is_seen(
    postgres_url: str,
) -> None:
    async with opened_through_proxy(postgres_url) as (proxy, database):
        await asyncio.gather(*(counters(database) for _ in range(DEFAULT_LIMITS.readers)))
        proxy.hides_end = True
        await _end_all_sessions(postgres_url)

        assert await counters(database) == {"warm": 1}
        assert await counters(database) == {"warm": 1}
        await database.commit(written(enter("later")))
        assert await entries(database) == [("later", 1, "")]


async def _end_all_sessions(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        ended = await connection.fetch(
            """select pg_terminate_backend(pid, 5000) from pg_stat_activity
               where datname = current_database() and pid <> pg_backend_pid()"""
        )
        assert len(ended) > 2
    finally:
        await connection.close()
    await asyncio.sleep(0.1)  # what they said is on its way
