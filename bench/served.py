"""One of the programs that `bench.orders_api` compares: `python -m bench.served WHICH DATABASE`.

Each is served by the same code in one process, with the Orders API and nothing behind it: no
sender, no vouchers. The port it listens on is the first line it prints.
"""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from starlette.types import ASGIApp

from bench.peer.api import peer
from bench.peer.tables import Sessions
from smartcart.kit import loop
from smartcart.kit.database import open_database
from smartcart.kit.loop import Role, run_until_stopped
from smartcart.kit.serving import listen, serve
from smartcart.marketplace.app import web
from smartcart.marketplace.settings import MarketplaceSettings
from smartcart.marketplace.storage import MIGRATIONS


@asynccontextmanager
async def ours(url: str) -> AsyncIterator[ASGIApp]:
    """The marketplace's own composition of its routes."""
    database = await open_database(url, MIGRATIONS)
    try:
        yield web(MarketplaceSettings(database=url), database)
    finally:
        await database.close()


@asynccontextmanager
async def theirs(url: str) -> AsyncIterator[ASGIApp]:
    sessions = Sessions.opened(url)
    try:
        yield peer(sessions)
    finally:
        await sessions.close()


PROGRAMS: dict[str, Callable[[str], AbstractAsyncContextManager[ASGIApp]]] = {
    "ours": ours,
    "peer": theirs,
}


async def main(which: str, url: str) -> None:
    async with PROGRAMS[which](url) as app:
        with listen("127.0.0.1", 0) as listener:
            print(listener.getsockname()[1], flush=True)
            await run_until_stopped([Role("http", partial(serve, app, listener))])


if __name__ == "__main__":
    loop.run(main(*sys.argv[1:]))
