"""What the panel gives of an order, as plain values for JSON."""

from datetime import datetime

import msgspec

from smartcart import outbox
from smartcart.contract import encode
from smartcart.kit import journal
from smartcart.kit.clock import from_micros
from smartcart.kit.journal.feed import told
from smartcart.marketplace.domain.document import document
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.storage.endpoints import Endpoint
from smartcart.outbox import Attempt, Recorded

View = dict[str, object]


def summary(order: Order) -> View:
    """An order as a row of a list."""
    return {
        "code": order.code,
        "merchant_id": order.merchant_id,
        "state": order.state,
        "created_at": order.created_at,
        "expires_at": order.expires_at,
        "total_cents": order.total_cents,
        "lines": [
            {"product_name": line.product_name, "quantity": line.quantity} for line in order.lines
        ],
        "reissue_of": order.reissue_of,
    }


def merchant(merchant: Merchant, endpoint: Endpoint) -> View:
    """A merchant with how its webhook's endpoint has fared of late."""
    return {**msgspec.to_builtins(merchant), "endpoint": endpoint}


def whole(
    order: Order,
    steps: list[journal.Step],
    entries: list[Recorded],
    attempts: list[Attempt],
    now: datetime,
) -> View:
    """An order with its history and every webhook request made for it."""
    return {
        "order": msgspec.Raw(encode(document(order, now))),
        "steps": [told(step) for step in steps],
        "deliveries": deliveries(entries, attempts),
    }


def deliveries(entries: list[outbox.Recorded], attempts: list[outbox.Attempt]) -> list[View]:
    made = outbox.by_seq(attempts)
    return [
        {
            "seq": entry.seq,
            "at": from_micros(entry.created_at),
            "payload": msgspec.Raw(entry.payload.encode()),
            "attempts": made[entry.seq],
        }
        for entry in entries
    ]
