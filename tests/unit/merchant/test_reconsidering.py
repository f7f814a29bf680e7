"""An order on hold is decided once more when its last resort begins, and only once."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from smartcart.merchant.actions.reconsidering import LastLook
from smartcart.merchant.domain.order import Status
from smartcart.merchant.domain.policy import Holds, LastResort, Policy
from tests.support.order_documents import line, order
from tests.support.orders_api import OrdersApi
from tests.support.policies import ALWAYS_OPEN
from tests.support.shop import open_shop

CODE = "C1"
LATER = timedelta(minutes=71)


@dataclass
class Hands:
    """A clock that a test turns."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


def policy(last_resort: LastResort) -> Policy:
    return replace(ALWAYS_OPEN, hold=Holds(gift_wrap=True), last_resort=last_resort)


async def test_what_only_the_shops_wish_held_is_accepted_at_last(
    api: OrdersApi, tmp_path: Path
) -> None:
    clock = Hands(datetime.now(UTC) - LATER)
    wish = policy(LastResort(action="accept_if_in_stock", minutes_before_expiry=20))
    async with open_shop(str(tmp_path / "shop.db"), api, tmp_path, clock, wish) as shop:
        last_look = LastLook(shop.database, wish, clock)
        await shop.stock(p1001=5)
        expires_at = (clock.now + timedelta(minutes=90)).isoformat()
        api.orders[CODE] = order(CODE, line("1001", 2), gift_wrap=True, expires_at=expires_at)
        await shop.told(api.orders[CODE], 0, "new_order")
        await shop.settle()
        assert (await shop.order(CODE)).status is Status.HELD
        assert await last_look.look() == 0
        clock.now += LATER
        assert await last_look.look() == 1
        await shop.settle()
        assert (await shop.order(CODE)).status is Status.ACCEPTED
        assert await last_look.look() == 0


async def test_one_that_stays_on_hold_is_looked_at_once(api: OrdersApi, tmp_path: Path) -> None:
    clock = Hands(datetime.now(UTC) - LATER)
    wish = policy(LastResort(action="hold", minutes_before_expiry=20))
    async with open_shop(str(tmp_path / "shop.db"), api, tmp_path, clock, wish) as shop:
        await shop.stock(p1001=5)
        expires_at = (clock.now + timedelta(minutes=90)).isoformat()
        api.orders[CODE] = order(CODE, line("1001", 2), gift_wrap=True, expires_at=expires_at)
        await shop.told(api.orders[CODE], 0, "new_order")
        await shop.settle()
        clock.now += LATER
        assert await LastLook(shop.database, wish, clock).look() == 1
        await shop.settle()
        assert (await shop.order(CODE)).status is Status.HELD
        for each in (LastLook(shop.database, wish, clock), LastLook(shop.database, wish, clock)):
            assert await each.look() == 0
        clock.now += timedelta(minutes=30)
        assert await LastLook(shop.database, wish, clock).look() == 0
