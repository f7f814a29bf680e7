"""PostgreSQL only: a commit of one process wakes who waits in another."""

import asyncio
import time

import asyncpg

from smartcart.kit.database import Database, WriteSet
from tests.conformance.database.tables import opened

SOON = 20


def waking(*channels: str) -> WriteSet:
    return WriteSet(wakes=frozenset(channels))


async def is_heard(speaker: Database, event: asyncio.Event, channel: str) -> None:
    """Commit until it is heard: a listener that has just begun may not listen yet."""
    async with asyncio.timeout(SOON):
        while not event.is_set():
            await speaker.commit(WriteSet(wakes=frozenset({channel})))
            await asyncio.sleep(0.01)


async def test_another_process_is_woken_at_once_and_only_for_what_it_waits(
    postgres_url: str,
) -> None:
    async with opened(postgres_url) as speaker, opened(postgres_url) as listener:
        begun = listener.wake_up("begin")
        orders, prints = listener.wake_up("orders"), listener.wake_up('it\'s "prints"')
        await is_heard(speaker, begun, "begin")

        committed = time.monotonic()
        await speaker.commit(waking("orders"))
        await asyncio.wait_for(orders.wait(), SOON)
        assert time.monotonic() - committed < 1  # not when somebody looks again by himself
        assert not prints.is_set()

        await speaker.commit(waking('it\'s "prints"'))
        await asyncio.wait_for(prints.wait(), SOON)


async def test_many_sets_committed_together_all_wake(postgres_url: str) -> None:
    async with opened(postgres_url) as speaker, opened(postgres_url) as listener:
        begun = listener.wake_up("begin")
        events = [listener.wake_up(f"channel {n}") for n in range(20)]
        await is_heard(speaker, begun, "begin")
        sets = (WriteSet(wakes=frozenset({f"channel {n}"})) for n in range(20))
        await asyncio.gather(*(speaker.commit(one) for one in sets))
        async with asyncio.timeout(SOON):
            await asyncio.gather(*(event.wait() for event in events))


async def test_more_than_a_message_holds_is_told_all_the_same(postgres_url: str) -> None:
    names = [f"shops/{n}-{'κ' * 150}" for n in range(60)]
    async with opened(postgres_url) as speaker, opened(postgres_url) as listener:
        begun = listener.wake_up("begin")
        events = [listener.wake_up(name) for name in names]
        of_all = listener.wake_up("shops", lambda channel: channel == "shops")
        await is_heard(speaker, begun, "begin")
        await speaker.commit(waking(*names))
        async with asyncio.timeout(SOON):
            await asyncio.gather(*(event.wait() for event in events))
        assert not of_all.is_set()
        await speaker.commit(waking(f"shops/{'κ' * 9_000}"))
        await asyncio.wait_for(of_all.wait(), SOON)


async def test_ones_own_commit_wakes_once(postgres_url: str) -> None:
    async with opened(postgres_url) as speaker, opened(postgres_url) as listener:
        own, begun = speaker.wake_up("orders"), listener.wake_up("begin")
        orders = listener.wake_up("orders")
        await is_heard(speaker, begun, "begin")
        await speaker.commit(waking("orders"))
        assert own.is_set()
        own.clear()
        await asyncio.wait_for(orders.wait(), SOON)
        await asyncio.sleep(0.05)
        assert not own.is_set()


async def test_after_a_lost_connection_everybody_looks_and_then_hears_again(
    postgres_url: str,
) -> None:
    async with opened(postgres_url) as speaker, opened(postgres_url) as listener:
        begun, orders = listener.wake_up("begin"), listener.wake_up("orders")
        await is_heard(speaker, begun, "begin")
        administrator = await asyncpg.connect(postgres_url)
        ended = await administrator.fetch(
            """select pg_terminate_backend(pid) from pg_stat_activity
               where query ilike 'listen%' and datname = current_database()"""
        )
        await administrator.close()
        assert len(ended) >= 1

        await asyncio.wait_for(orders.wait(), SOON)
        orders.clear()
        await is_heard(speaker, orders, "orders")
