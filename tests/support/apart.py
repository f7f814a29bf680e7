"""Both halves in parts: several processes of each kind, on PostgreSQL, behind a balancer a half."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from tests.support.balancer import Balancer, Faults
from tests.support.programs import Pair, Program, free_port

PARTS = {
    "api": "marketplace",
    "sender": "marketplace",
    "timer": "marketplace",
    "receiver": "merchant",
    "worker": "merchant",
}
"""Each part, and the half it is of."""
_LISTENING = {"api", "receiver"}


@dataclass
class Apart:
    """The processes by part. The pair's URLs are those of the balancers, which `faults` fails."""

    pair: Pair
    parts: dict[str, list[Program]]
    faults: dict[str, Faults]

    @property
    def programs(self) -> list[Program]:
        return [program for part in self.parts.values() for program in part]


@asynccontextmanager
async def running_apart(
    pair: Pair, each: int, faults: Mapping[str, Faults] | None = None
) -> AsyncIterator[Apart]:
    """`each` processes of every part of a provisioned `pair`, ready, and stopped at the end."""
    apart = Apart(
        pair,
        {part: [_process(pair, part, number) for number in range(each)] for part in PARTS},
        dict(faults or {}),
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(pair.session)
        for part in sorted(_LISTENING):
            front = pair.marketplace if part == "api" else pair.merchant
            targets = [_port(program) for program in apart.parts[part]]
            balancer = Balancer(_port(front), targets, apart.faults.get(part))
            await stack.enter_async_context(balancer.running())
        for program in apart.programs:
            await program.start()
            stack.push_async_callback(program.stop)
        await asyncio.gather(*(program.ready(pair.session) for program in apart.programs))
        yield apart


def _process(pair: Pair, part: str, number: int) -> Program:
    half = PARTS[part]
    whole = pair.marketplace if half == "marketplace" else pair.merchant
    port = free_port()
    environment = {
        **whole.environment,
        f"SMARTCART_{half.upper()}_PORT": str(port),
        "SMARTCART_MARKETPLACE_PUBLIC_URL": pair.marketplace.url,
    }
    url = f"http://127.0.0.1:{port}" if part in _LISTENING else ""
    log = pair.folder / f"{part}-{number}.log"
    return replace(whole, environment=environment, url=url, log=log, part=part)


def _port(program: Program) -> int:
    return int(program.url.rpartition(":")[2])
