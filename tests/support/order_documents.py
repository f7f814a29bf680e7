"""Orders and events as a marketplace sends them, for tests of the merchant half."""

import json
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from smartcart.contract import (
    REJECTION_REASONS,
    PickupInterval,
    athens,
    format_pickup_label,
)
from smartcart.kit.holidays import greek_holidays
from smartcart.merchant.domain.hours import Opening

Json = dict[str, Any]
LOCATIONS = [{"id": "loc1", "label": "Ερμού 1"}, {"id": "loc2", "label": "Σταδίου 2"}]


def line(uid: str, quantity: int = 1, variation: str = "", line_id: str = "") -> Json:
    """A line item; its id is made of what it asks for."""
    item: Json = {
        "id": line_id or f"line-{uid}{variation}",
        "shop_uid": uid,
        "product_name": f"Προϊόν {uid}",
        "quantity": quantity,
        "unit_price": 12.5,
        "total_price": 12.5 * quantity,
        "commission": 1.25 * quantity,
    }
    return item | ({"shop_variation_uid": variation} if variation else {})


def window(number: int, start: datetime, hours: int = 2) -> Json:
    interval = PickupInterval(athens(start), athens(start + timedelta(hours=hours)))
    return {"id": number, "label": format_pickup_label(interval)}


def windows(now: datetime) -> list[Json]:
    """At noon of the next two days on which a shop is usually open, from tomorrow on."""
    return [window(n, noon) for n, noon in enumerate(_open_noons(now), start=1)]


def _open_noons(now: datetime) -> list[datetime]:
    noon = athens(now).replace(hour=12, minute=0, second=0, microsecond=0)
    days = (noon + timedelta(days=n) for n in range(1, 15))
    usual = Opening().hours(greek_holidays())
    return list(islice((day for day in days if any(usual.spans(day.date()))), 2))


def order(
    code: str, *lines: Json, state: str = "open", now: datetime | None = None, **fields: Any
) -> Json:
    """An order of these lines; with options while it is open, a day to answer it."""
    now = now or datetime.now(UTC)
    document: Json = {
        "code": code,
        "state": state,
        "customer": {"id": "c1", "first_name": "Ελένη", "last_name": "Παπαδάκη"},
        "line_items": list(lines or [line("1001")]),
        "created_at": athens(now).isoformat(),
        "expires_at": athens(now + timedelta(days=1)).isoformat(),
        "dispatch_until": max(athens(now + timedelta(days=2)), _open_noons(now)[-1]).isoformat(),
        "courier_voucher": None,
        "courier_tracking_codes": [],
    }
    if state == "open":
        document |= {
            "accept_options": {
                "number_of_parcels": [1, 2, 3],
                "pickup_location": LOCATIONS,
                "pickup_window": windows(now),
            },
            "reject_options": {"line_item_rejection_reasons": reasons(1, 2, 4, 5)},
        }
    return document | fields


def reasons(*ids: int) -> list[Json]:
    return [
        {
            "id": reason.id,
            "label": reason.label,
            "requires_available_quantity": reason.requires_available_quantity,
        }
        for reason in (REJECTION_REASONS[number] for number in ids)
    ]


def event(document: Json, at: datetime, kind: str = "order_updated", **fields: Any) -> bytes:
    """The body of a webhook request."""
    whole = {"event_type": kind, "event_time": athens(at).isoformat(), "order": document}
    return json.dumps(whole | fields, ensure_ascii=False).encode()


def without_options(document: Json, state: str, **fields: Any) -> Json:
    """The same order later."""
    kept = {k: v for k, v in document.items() if k not in ("accept_options", "reject_options")}
    return kept | {"state": state} | fields
