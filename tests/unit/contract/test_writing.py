"""A writer sends exactly the documented shape (contract §4)."""

import json
from datetime import UTC, datetime
from decimal import Decimal

from smartcart.contract import (
    Change,
    Changes,
    Event,
    LineItem,
    Order,
    PickupWindow,
    Success,
    athens,
    encode,
    refusal,
    to_euros,
)
from tests.support.proving import proves

ALWAYS_IN_AN_ORDER = [
    *("code", "state", "customer", "invoice", "uploaded_invoice_file", "invoice_document"),
    *("comments", "courier", "courier_voucher", "courier_tracking_codes", "line_items"),
    *("created_at", "expires_at", "dispatch_until", "express", "gift_wrap"),
    *("fulfilled_by_skroutz", "store_pickup", "commission", "fees", "fbs_delivery_note"),
    *("fbs_delivery_note_url", "paid_by_user", "payment_method", "set_as_ready_required"),
    "is_ready_for_dispatch",
]
ALWAYS_IN_A_LINE = [
    *("id", "shop_uid", "product_name", "quantity", "unit_price", "total_price"),
    *("price_includes_vat", "commission", "commission_rate", "island_vat_discount_applied"),
    "serial_numbers",
]
ALWAYS_IN_AN_ADDRESS = [
    *("street_name", "street_number", "zip", "city", "region", "country_code"),
    "pickup_from_collection_point",
]

BARE = Order(code="260312-1", state="open", line_items=(LineItem(id="a", quantity=1),))


@proves("writer.always", "writer.omits")
def test_only_what_is_documented_as_always_there_is_always_written() -> None:
    written = json.loads(encode(BARE))
    assert list(written) == ALWAYS_IN_AN_ORDER
    assert list(written["line_items"][0]) == ALWAYS_IN_A_LINE
    assert list(written["customer"]) == ["id", "first_name", "last_name", "address"]
    assert list(written["customer"]["address"]) == ALWAYS_IN_AN_ADDRESS
    assert written["fees"] == {}
    assert written["courier_voucher"] is None
    assert written["courier_tracking_codes"] == []


@proves("value.money")
def test_money_is_a_number_of_two_places() -> None:
    line = LineItem(id="a", quantity=2, unit_price=to_euros(1040), total_price=to_euros(2080))
    assert b'"unit_price":10.40,"total_price":20.80' in encode(line)
    assert b'"unit_price":25.00' in encode(LineItem(id="a", quantity=1, unit_price=to_euros(2500)))


def test_money_that_was_read_keeps_the_places_it_had() -> None:
    assert b'"unit_price":25,' in encode(LineItem(id="a", quantity=1, unit_price=Decimal("25")))


def test_greek_is_written_as_it_is() -> None:
    order = Order(code="1", state="open", comments="Παράδοση στο γραφείο «Ωμέγα» €")
    assert "Παράδοση στο γραφείο «Ωμέγα» €".encode() in encode(order)


@proves("event.event_time")
def test_an_event_of_the_smallest_kind() -> None:
    moment = athens(datetime(2026, 3, 12, 7, 41, 7, 123, tzinfo=UTC))
    written = json.loads(encode(Event(event_type="new_order", event_time=moment, order=BARE)))
    assert list(written) == ["event_type", "event_time", "order"]
    assert written["event_time"] == "2026-03-12T09:41:07+02:00"


@proves("event.changes")
def test_a_change_has_both_sides() -> None:
    moment = athens(datetime(2026, 3, 12, 8, tzinfo=UTC))
    window = PickupWindow(start=moment, end=moment)
    changes = Changes(state=Change(old="open", new="accepted"), pickup_window=Change(new=window))
    assert json.loads(encode(changes)) == {
        "state": {"old": "open", "new": "accepted"},
        "pickup_window": {
            "old": None,
            "new": {"from": "2026-03-12T10:00:00+02:00", "to": "2026-03-12T10:00:00+02:00"},
        },
    }


def test_answers() -> None:
    assert encode(Success()) == b'{"success":true}'
    assert (
        encode(refusal("Unauthorized", "unauthorized"))
        == b'{"errors":[{"code":"Unauthorized","messages":["unauthorized"]}]}'
    )


def test_an_event_made_here_has_no_raw_bytes() -> None:
    moment = datetime(2026, 3, 12, 8, tzinfo=UTC)
    assert Event(event_type="new_order", event_time=moment, order=BARE).raw == b""
