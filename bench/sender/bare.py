"""POST every line of a file, with nothing kept: `python -m bench.sender.bare URL FILE`.

As many requests are in flight as our sender has slots; one that fails is not made again.
"""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from aiohttp import ClientSession, TCPConnector

from smartcart.kit import loop
from smartcart.marketplace.settings import MarketplaceSettings

JSON = {"Content-Type": "application/json"}


async def main(url: str, bodies: list[bytes]) -> None:
    slots = MarketplaceSettings().webhook_slots
    left = iter(bodies)
    async with ClientSession(connector=TCPConnector(limit=slots), headers=JSON) as session:
        await asyncio.gather(*(_post(session, url, left) for _ in range(slots)))


async def _post(session: ClientSession, url: str, left: Iterator[bytes]) -> None:
    for body in left:
        async with session.post(url, data=body) as answer:
            await answer.read()
            assert answer.status == 200


if __name__ == "__main__":
    loop.run(main(sys.argv[1], Path(sys.argv[2]).read_bytes().split(b"\n")))
