"""What is delivered: events of new orders, by several merchants, all to one URL."""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from smartcart.contract import encode
from smartcart.kit.clock import utc_now
from smartcart.marketplace.domain import events
from smartcart.marketplace.domain.codes import order_code
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import Order
from tests.support.marketplace import a_line, a_merchant, an_order

MERCHANTS = 32


@dataclass(frozen=True, slots=True)
class Load:
    """New orders, an event each; order `n` is of the merchant `n` modulo their number."""

    url: str
    now: datetime
    merchants: tuple[Merchant, ...]
    orders: tuple[Order, ...]

    def bodies(self) -> list[bytes]:
        """The events as they cross the wire."""
        told = (events.event(None, order, self.now) for order in self.orders)
        return [encode(event) for event in told if event is not None]


def load(count: int, url: str) -> Load:
    now = utc_now()
    merchants = tuple(a_merchant(f"shop-{n}", webhook_url=url) for n in range(MERCHANTS))
    order = an_order(*(a_line(f"line-{n}") for n in range(3)), now=now)
    orders = tuple(
        replace(order, code=order_code(now.date(), n), merchant_id=merchants[n % MERCHANTS].id)
        for n in range(count)
    )
    return Load(url, now, merchants, orders)
