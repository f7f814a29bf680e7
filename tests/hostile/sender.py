"""Webhooks as the worst marketplace sends them: late, twice, out of order, some not at all."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp import ClientError, ClientSession

from tests.hostile.kinds import strange
from tests.support.order_documents import Json, event


@dataclass
class Sender:
    """Sends until it is a 200. A `new_order` is never lost: there would be nobody to miss it."""

    session: ClientSession
    url: str
    chance: random.Random
    faults: Counter[str]
    requests: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def tell(self, document: Json, kind: str = "order_updated") -> None:
        body = event(strange(document, self.chance), datetime.now(UTC), kind)
        if kind == "order_updated" and self.chance.random() < 0.03:
            self.faults["event lost"] += 1
            return
        copies = self.chance.choices([1, 2, 3], [8, 2, 1])[0]
        self.faults["event repeated"] += copies - 1
        for _ in range(copies):
            late = self.chance.random() < 0.2
            self.faults["event late"] += late
            self._begin(body, self.chance.uniform(0, 1.5) if late else 0)
        if self.chance.random() < 0.02:
            self.faults["event of an unknown type"] += 1
            returned = {"code": document["code"], "state": "returned"}
            later = datetime.now(UTC) + timedelta(seconds=1)
            self._begin(event(returned, later, "merchant_return_created"), 0)

    def _begin(self, body: bytes, delay: float) -> None:
        task = asyncio.create_task(self._send(body, delay))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, body: bytes, delay: float) -> None:
        headers = {"Content-Type": "application/json; charset=utf-8"}
        while True:
            await asyncio.sleep(delay)
            self.requests += 1
            try:
                async with self.session.post(self.url, data=body, headers=headers) as answer:
                    if answer.status == 200:
                        return
            except (ClientError, OSError):
                pass
            delay = 0.5

    async def finished(self) -> None:
        while self._tasks:
            await asyncio.gather(*self._tasks)
