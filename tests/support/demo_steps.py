"""An order's two histories, as both programs tell them: the accepted flow and the rejected one."""

from datetime import UTC, datetime, timedelta
from typing import Any

from smartcart.demo.halves import Side, Step

START = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
Told = tuple[Side, Step]


def step(side: Side, milliseconds: int, what: str, key: str = "A", /, **facts: Any) -> Told:
    """A step so many milliseconds after `START`."""
    at = START + timedelta(milliseconds=milliseconds)
    return side, Step(f"{key}-{side}-{milliseconds}-{what}", key, at, what, facts)


def accepted(key: str = "A") -> list[Told]:
    market, shop = Side.MARKETPLACE, Side.SHOP
    stock = [{"sku": "MAS-50", "wanted": 2, "available": 18}]
    return [
        step(market, 0, "placed", key, merchant="m", total_cents=2_840),
        step(shop, 5, "received", key, event_type="new_order"),
        step(market, 7, "webhook_delivered", key, event=1, request=1, status=200, milliseconds=6),
        step(shop, 9, "decided_accept", key, stock=stock, parcels=1),
        step(market, 15, "accepted", key, parcels=1),
        step(shop, 18, "sent", key, call="accept", status=200, milliseconds=8),
        step(shop, 21, "received", key, event_type="order_updated"),
        step(shop, 22, "accepted", key, by="merchant"),
        step(market, 23, "webhook_delivered", key, event=2, request=1, status=200, milliseconds=4),
        step(market, 30, "voucher_issued", key, tracking_codes="SC1"),
        step(shop, 35, "received", key, event_type="order_updated"),
        step(market, 37, "webhook_delivered", key, event=3, request=1, status=200, milliseconds=4),
        step(shop, 60, "voucher_printed", key, file=f"{key}.pdf", bytes=12_900),
    ]


def rejected(key: str = "B") -> list[Told]:
    market, shop = Side.MARKETPLACE, Side.SHOP
    stock = [{"sku": "MEL-950", "wanted": 5, "available": 3}]
    lines = [{"product": "Μέλι", "quantity": 5, "reason_id": 4, "available": 3}]
    return [
        step(market, 100, "placed", key, merchant="m", total_cents=9_250),
        step(shop, 105, "received", key, event_type="new_order"),
        step(market, 107, "webhook_delivered", key, event=1, status=200, milliseconds=6),
        step(shop, 109, "decided_reject", key, stock=stock, lines=[]),
        step(market, 115, "rejected", key, lines=lines),
        step(shop, 117, "sent", key, call="reject", status=200, milliseconds=7),
        step(shop, 119, "received", key, event_type="order_updated"),
        step(shop, 120, "closed", key, state="rejected"),
        step(market, 121, "reissued", key, new_code=f"{key}-1"),
        step(market, 122, "webhook_delivered", key, event=2, status=200, milliseconds=5),
    ]
