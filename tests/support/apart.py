"""Both halves, whole or in parts: as many processes of each as wanted, behind a balancer a half."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from tests.support.balancer import Balancer, Faults
from tests.support.ports import free_port
from tests.support.programs import Pair, Program

PARTS = {
    "api": "marketplace",
    "sender": "marketplace",
    "timer": "marketplace",
    "receiver": "merchant",
    "worker": "merchant",
}
"""Each part, and the half it is of."""
WHOLE = {"marketplace": "marketplace", "merchant": "merchant"}
LISTENING = {"api", "receiver", *WHOLE}


@dataclass
class Apart:
    """The processes by part. The pair's URLs are those of the balancers."""

    pair: Pair
    parts: dict[str, list[Program]]

    @property
    def programs(self) -> list[Program]:
        return [program for part in self.parts.values() for program in part]


@asynccontextmanager
async def running_apart(
    pair: Pair, counts: Mapping[str, int], faults: Mapping[str, Faults] | None = None
) -> AsyncIterator[Apart]:
    """So many processes of each part of a provisioned `pair`, ready, and stopped at the end.

    A part is one of `PARTS`, or a half as a whole. `faults` by half are what its balancer does.
    """
    parts = {
        part: [_process(pair, part, number) for number in range(count)]
        for part, count in counts.items()
    }
    apart = Apart(pair, parts)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(pair.session)
        for half, front in (("marketplace", pair.marketplace), ("merchant", pair.merchant)):
            targets = [_port(one) for one in apart.programs if one.url and one.half == half]
            balancer = Balancer(_port(front), targets, (faults or {}).get(half))
            await stack.enter_async_context(balancer.running())
        for program in apart.programs:
            await program.start()
            stack.push_async_callback(program.stop)
        await asyncio.gather(*(program.ready(pair.session) for program in apart.programs))
        yield apart


def _process(pair: Pair, part: str, number: int) -> Program:
    half = (PARTS | WHOLE)[part]
    whole = pair.marketplace if half == "marketplace" else pair.merchant
    port = free_port()
    environment = {
        **whole.environment,
        f"SMARTCART_{half.upper()}_PORT": str(port),
        "SMARTCART_MARKETPLACE_PUBLIC_URL": pair.marketplace.url,
    }
    url = f"http://127.0.0.1:{port}" if part in LISTENING else ""
    log = pair.folder / f"{part}-{number}.log"
    command = "run" if part in WHOLE else part
    return replace(whole, environment=environment, url=url, log=log, part=command)


def _port(program: Program) -> int:
    return int(program.url.rpartition(":")[2])
