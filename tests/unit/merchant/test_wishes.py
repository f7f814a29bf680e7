"""What the policy wishes: holds, parcels, the last resort and when it comes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from smartcart.contract import to_micros
from smartcart.merchant.domain.deciding import decide
from smartcart.merchant.domain.decisions import Accept, Hold, HoldReason, Reject, Rule
from smartcart.merchant.domain.looking import next_look
from smartcart.merchant.domain.order import Grounds, ShopOrder, Source, Status
from smartcart.merchant.domain.policy import Holds, LastResort, Parcels, Policy
from smartcart.merchant.domain.shelves import Shelf
from smartcart.merchant.domain.skus import Sku
from tests.support.order_documents import line
from tests.support.policies import prepared_in
from tests.unit.merchant.test_deciding import document

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
END = NOW + timedelta(days=1)
A = Sku("1001")
PLENTY = {A: Shelf({"": 99}, price=1250, grams=4000)}
POLICY = prepared_in(0)


@pytest.mark.parametrize(
    ("holds", "fields", "why"),
    [
        (Holds(value_over=12), {}, HoldReason.VALUE),
        (Holds(), {"line_items": [line("1001", 21)]}, HoldReason.PIECES),
        (Holds(), {"line_items": [line("1001") | {"total_price": 11.8}]}, HoldReason.PRICE),
        (Holds(skus=("10*",)), {}, HoldReason.SKU),
        (Holds(gift_wrap=True), {"custom": "[GIFT-WRAP]"}, HoldReason.GIFT_WRAP),
        (Holds(comments=True), {"comments": "Μετά τις 5"}, HoldReason.COMMENTS),
        (Holds(), {"invoice_document": "invoice_vies"}, HoldReason.INVOICE_DOCUMENT),
        (Holds(zips=("84-85",)), {"customer": {"address": {"zip": "851 00"}}},
         HoldReason.REMOTE_ZIP),
        (Holds(), {"line_items": [line("1001") | {"total_price": None, "unit_price": None}]},
         HoldReason.VALUE_UNKNOWN),
    ],
)  # fmt: skip
def test_a_wish_holds_an_order_that_could_be_served(
    holds: Holds, fields: dict[str, Any], why: HoldReason
) -> None:
    assert isinstance(decide(document(), PLENTY, NOW, replace(POLICY, hold=Holds())), Accept)
    found = decide(document(**fields), PLENTY, NOW, replace(POLICY, hold=holds))
    assert isinstance(found, Hold)
    assert found.why is why


@pytest.mark.parametrize(
    ("rules", "pieces", "expected"),
    [
        (Parcels(pieces_each=2), 5, 3),
        (Parcels(kilos_each=8), 4, 2),
        (Parcels(kilos_each=8, weights=("10*=9",)), 2, 2),
        (Parcels(kilos_each=3), 4, HoldReason.TOO_MANY_PARCELS),
    ],
)
def test_the_fewest_parcels_that_suffice_are_chosen(
    rules: Parcels, pieces: int, expected: int | HoldReason
) -> None:
    found = decide(document(line("1001", pieces)), PLENTY, NOW, replace(POLICY, parcels=rules))
    assert (found.parcels if isinstance(found, Accept) else getattr(found, "why", None)) == expected


def last(action: Any) -> Policy:
    resort = LastResort(action=action, minutes_before_expiry=60)
    return replace(POLICY, hold=Holds(gift_wrap=True), last_resort=resort)


def test_the_last_resort_sets_wishes_aside_and_no_facts() -> None:
    gift, late = document(gift_wrap=True), END - timedelta(minutes=30)
    few = {A: Shelf({"": 0})}
    assert isinstance(decide(gift, PLENTY, NOW, last("accept_if_in_stock")), Hold)
    accept = decide(gift, PLENTY, late, last("accept_if_in_stock"))
    assert isinstance(accept, Accept)
    assert accept.rule is Rule.LAST_RESORT
    assert isinstance(decide(gift, few, late, last("accept_if_in_stock")), Hold)
    assert isinstance(decide(gift, few, late, last("reject_short")), Reject)
    assert isinstance(decide(gift, {}, late, last("reject_short")), Hold)
    assert isinstance(decide(gift, PLENTY, late, last("hold")), Hold)


def test_an_order_on_hold_is_looked_at_once_when_its_last_resort_begins() -> None:
    begins, policy = END - timedelta(minutes=60), last("hold")
    grounds = Grounds(at=to_micros(NOW), source=Source("event/C", 1), policy="")
    held = ShopOrder(
        code="C",
        version=1,
        status=Status.HELD,
        state="open",
        newest=Source("event/C", 1),
        event_time=None,
        expires_at=to_micros(END),
        dispatch_until=None,
        grounds=grounds,
    )
    late = begins + timedelta(minutes=5)
    again = replace(held, grounds=replace(grounds, at=to_micros(late)))
    assert next_look(held, policy, NOW) == to_micros(begins)
    assert next_look(held, policy, late) == to_micros(late)
    assert next_look(again, policy, late) is None
    assert next_look(held, policy, END) is None
    assert next_look(replace(held, status=Status.WAITING), policy, NOW) is None
