"""Orders of many shops at a steady pace, by the marketplace's own actions.

Every order is placed; every fourth is given more time as well, and every eighth is cancelled after
that: one, two and three events. Nothing is written past the actions that write it in production.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from smartcart.kit.database import Database
from smartcart.marketplace.actions import operating, placing
from smartcart.marketplace.domain.placement import CartLine
from tests.support.marketplace import TERMS, a_cart

EIGHT_ORDERS = 11
"""So many events tell of eight orders."""
_TICK = 0.1
_AT_ONCE = 64


async def enter(
    database: Database, shops: Sequence[str], events: int, per_second: float = 0
) -> int:
    """Enter orders that are told of by about `events`, as fast as may be where no pace is given.

    Returns how many orders.
    """
    orders = max(1, round(events * 8 / EIGHT_ORDERS))
    room = asyncio.Semaphore(_AT_ONCE)
    clock = asyncio.get_running_loop().time
    began, number = clock(), 0
    async with asyncio.TaskGroup() as group:
        while number < orders:
            due = orders
            if per_second:
                due = min(orders, 1 + int((clock() - began) * per_second * 8 / EIGHT_ORDERS))
            for one in range(number, due):
                await room.acquire()
                task = group.create_task(_order(database, shops[one % len(shops)], one))
                task.add_done_callback(lambda _: room.release())
            number = due
            await asyncio.sleep(_TICK if per_second else 0)
    return orders


async def _order(database: Database, shop: str, number: int) -> None:
    line = CartLine(merchant_id=shop, shop_uid="KF-1042")
    [order] = await placing.place(database, a_cart(line), TERMS)
    if number % 4 == 0:
        await operating.extend(database, order.code, timedelta(hours=2))
    if number % 8 == 0:
        await operating.cancel(database, order.code)
