"""Who delivers: our own programs as they run in production, and a loop that keeps nothing."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec

from bench.sender.load import Load
from smartcart.kit.database import Database
from smartcart.marketplace.actions.telling import change
from smartcart.marketplace.domain.lifecycle import Verb
from tests.support.marketplace import add_merchant, eventually, opened, sqlite_url
from tests.support.ports import free_port
from tests.support.postgres import fresh_database
from tests.support.programs import Program

Contestant = Callable[[Load, Path], AbstractAsyncContextManager[None]]
"""Takes the work in, then delivers it while the context is open; the folder is for its files."""

_AT_ONCE = 1_000


def ours(admin_url: str = "", senders: int = 1) -> Contestant:
    """`smartcart marketplace sender` on PostgreSQL; on SQLite the program that does everything."""

    @asynccontextmanager
    async def contestant(work: Load, folder: Path) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            url = sqlite_url(folder)
            if admin_url:
                url = await stack.enter_async_context(fresh_database(admin_url))
            async with opened(url) as database:
                await _place(database, work)
            await start_senders(stack, url, folder, senders if admin_url else 0)
            yield
            if admin_url:
                await _all_recorded(url, len(work.orders))
        if not admin_url:  # one process has SQLite to itself
            await _all_recorded(url, len(work.orders))

    return contestant


async def _place(database: Database, work: Load) -> None:
    for merchant in work.merchants:
        await add_merchant(database, merchant)
    shops = {merchant.id: merchant for merchant in work.merchants}
    for page in range(0, len(work.orders), _AT_ONCE):
        placed = (
            change(None, order, shops[order.merchant_id], work.now, Verb.PLACE)
            for order in work.orders[page : page + _AT_ONCE]
        )
        await asyncio.gather(*map(database.commit, placed))


async def start_senders(
    stack: AsyncExitStack, url: str, folder: Path, senders: int, watched: Sequence[int] = ()
) -> None:
    """As many sender processes, stopped with the stack; with none, the program that does all.

    Each has its figures at one of the ports `watched`, if there are any.
    """
    settings = {
        "SMARTCART_MARKETPLACE_DATABASE": url,
        "SMARTCART_MARKETPLACE_PORT": str(free_port()),
        "SMARTCART_MARKETPLACE_DEVELOPMENT": "true",
    }
    for number in range(max(1, senders)):
        part = "sender" if senders else "run"
        if watched:
            settings["SMARTCART_MARKETPLACE_WATCH_PORT"] = str(watched[number])
        log = folder / f"{number}.log"
        program = Program("marketplace", settings.copy(), "", log, part=part)
        await program.start()
        stack.push_async_callback(program.stop)


class _Recorded(msgspec.Struct):
    attempts: int


async def _all_recorded(url: str, count: int) -> None:
    """Every event is on record as delivered, once."""
    sql = "select count(*) as attempts from attempt where outcome = 'delivered'"

    async with opened(url) as database:

        async def settled() -> bool:
            [found] = await database.read(_Recorded, sql)
            assert found.attempts <= count, (found, count)
            return found.attempts == count

        await eventually(settled, 20)


def bare() -> Contestant:
    """`bench.sender.bare`, in a process of its own."""

    @asynccontextmanager
    async def contestant(work: Load, folder: Path) -> AsyncIterator[None]:
        path = folder / "bodies"
        path.write_bytes(b"\n".join(work.bodies()))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.sender.bare", work.url, str(path)
        )
        try:
            yield
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()

    return contestant
