"""A sender at work in a test, and what it put on record."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from smartcart import outbox
from smartcart.kit.database import Database
from smartcart.kit.egress import open_session
from smartcart.marketplace.actions.telling import WEBHOOKS
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.webhook.sender import Sender
from smartcart.outbox import Limits, Worker
from tests.support.market_server import settings
from tests.support.marketplace import eventually

SETTINGS = settings("unused")
LIMITS = Limits(slots=16, slots_per_lane=4, lease_seconds=30, poll_seconds=0.02)


@asynccontextmanager
async def sending(database: Database, limits: Limits = LIMITS) -> AsyncIterator[None]:
    """The sender at work, with the schedule of the settings for tests."""
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(open_session(allow_private=True))
        sender = Sender(
            database,
            session,
            SETTINGS.schedule,
            SETTINGS.user_agent,
            SETTINGS.webhook_timeout_seconds,
        )
        worker = Worker(database, WEBHOOKS, {"webhook": sender.send}, limits)
        task = asyncio.create_task(worker.run(stop))
        try:
            yield
        finally:
            stop.set()
            await task


async def settled(database: Database, order: Order, count: int) -> list[outbox.Attempt]:
    """The attempts made for the order once there are `count`."""

    async def enough() -> list[outbox.Attempt]:
        found = await outbox.attempts(database, f"webhook/{order.code}")
        return found if len(found) >= count else []

    return await eventually(enough)
