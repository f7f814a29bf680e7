"""The marketplace for `bench.orders_api`: `python -m bench.ours DATABASE`.

It is put together as in production, and of its roles those run that serve: no sender, no vouchers,
as the peer has none. The first line it prints is its port.
"""

import sys

from smartcart.kit import loop
from smartcart.kit.loop import run_until_stopped
from smartcart.marketplace.app import assembled
from smartcart.marketplace.settings import MarketplaceSettings
from tests.support.ports import free_port

_SERVING = {"http", "heartbeat"}


async def main(url: str) -> None:
    settings = MarketplaceSettings(database=url, port=free_port())
    async with assembled(settings) as roles:
        print(settings.port, flush=True)
        await run_until_stopped([role for role in roles if role.name in _SERVING])


if __name__ == "__main__":
    loop.run(main(*sys.argv[1:]))
