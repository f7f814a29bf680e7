"""`python -m bench.peer DATABASE`: the first line it prints is its port."""

import sys
from functools import partial

from bench.peer.api import peer
from bench.peer.tables import Sessions
from smartcart.kit import loop
from smartcart.kit.loop import Role, run_until_stopped
from smartcart.kit.serving import listen, serve


async def main(url: str) -> None:
    sessions = Sessions.opened(url)
    try:
        with listen("127.0.0.1", 0) as listener:
            print(listener.getsockname()[1], flush=True)
            await run_until_stopped([Role("http", partial(serve, peer(sessions), listener))])
    finally:
        await sessions.close()


if __name__ == "__main__":
    loop.run(main(*sys.argv[1:]))
