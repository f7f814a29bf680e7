"""Laws of forgetting: what stays is known by name, says the same, and is decided the same."""

import json

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from smartcart.contract import Order, OrderBody, encode
from smartcart.contract.examples import example, names
from smartcart.contract.wire import Wire
from smartcart.merchant.actions.forgetting import what_is_left
from smartcart.merchant.domain.deciding import decide
from smartcart.merchant.domain.forgetting import area, without_customer
from smartcart.merchant.domain.policy import Policy
from smartcart.merchant.domain.skus import Sku
from tests.contract.published import each
from tests.properties.test_merchant_policy import NOW, orders, rules, stocks
from tests.support.policies import on_shelves
from tests.support.wire_documents import documents, paths

SAID = {
    "code", "state", "invoice", "invoice_document", "courier", "created_at", "expires_at",
    "dispatch_until", "express", "gift_wrap", "fulfilled_by_skroutz", "store_pickup", "commission",
    "paid_by_user", "payment_method", "shipping_cost", "number_of_parcels",
    "set_as_ready_required", "is_ready_for_dispatch", "replaced",
    "fees.handling_fee", "fees.skroutz_coins_fee", "fees.installments_fee", "fees.fbs_fee",
    "fees.plus_user_fee", "pickup_window.from", "pickup_window.to", "rejection_info.actor",
    "replacements.code", "replacements.type", "returns.return_uuid",
    "customer.address.country_code", "customer.address.pickup_from_collection_point",
    "invoice_details.vat_exclusion_requested",
    "line_items.id", "line_items.shop_uid", "line_items.shop_variation_uid",
    "line_items.product_name", "line_items.quantity", "line_items.unit_price",
    "line_items.total_price", "line_items.price_includes_vat", "line_items.commission",
    "line_items.commission_rate", "line_items.island_vat_discount_applied", "line_items.ean",
    "line_items.mpn", "line_items.rejection_reason", "line_items.return_reason",
    "line_items.tags", "line_items.readjusted_vat", "line_items.vat_ratio",
    "line_items.size.label", "line_items.size.value", "line_items.size.shop_value",
    "line_items.size.shop_variation_uid", "line_items.size.ean", "line_items.size.mpn",
    "accept_options.number_of_parcels", "accept_options.pickup_location.id",
    "accept_options.pickup_location.label", "accept_options.pickup_window.id",
    "accept_options.pickup_window.label", "reject_options.line_item_rejection_reasons.id",
    "reject_options.line_item_rejection_reasons.label",
    "reject_options.line_item_rejection_reasons.requires_available_quantity",
}  # fmt: skip
"""What stays as it was. A field that the contract gains is in here or is emptied."""
CHANGED = {"customer.address.zip", "customer.address.comments", "comments", "custom"}
"""What stays in another form: an area, that there was a comment, the tokens."""


# An order has a hundred fields: drawing one takes long where others use the machine.
whole = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def said(document: object) -> dict[str, list[object]]:
    """What a JSON document says under each name, numbers of lists left out; no empty values."""
    found: dict[str, list[object]] = {}
    for path in paths(document):
        value = document
        for step in path:
            value = value[step]  # type: ignore[index]
        if not isinstance(value, dict | list) and value not in (None, "", False):
            name = ".".join(step for step in path if isinstance(step, str))
            found.setdefault(name, []).append(value)
    return found


def in_json(order: Order) -> object:
    return json.loads(encode(order))


@whole
@given(documents(Order))
def test_what_stays_is_known_by_name_and_says_the_same(order: Wire) -> None:
    assert isinstance(order, Order)
    before, after = said(in_json(order)), said(in_json(without_customer(order)))
    assert {name: after[name] for name in after.keys() - CHANGED} == {
        name: before[name] for name in before.keys() & SAID
    }


@whole
@given(documents(Order))
def test_forgetting_twice_is_forgetting_once(order: Wire) -> None:
    assert isinstance(order, Order)
    once = what_is_left(encode(OrderBody(order=order)))
    assert what_is_left(once) == once
    assert what_is_left(what_is_left(b"no order")) == b"{}"


@whole
@given(orders, stocks, rules)
def test_a_policy_decides_what_is_left_as_it_decided_the_whole(
    order: Order, stock: dict[Sku, int], policy: Policy
) -> None:
    asked = replace(order, comments="Στο πίσω κουδούνι")
    wishing = replace(policy, hold=replace(policy.hold, comments=True))
    for document, by in ((order, policy), (asked, wishing)):
        left = without_customer(document)
        assert decide(left, on_shelves(stock), NOW, by) == decide(
            document, on_shelves(stock), NOW, by
        )


@pytest.mark.parametrize("name", [*names("order_"), *names("event_")])
def test_of_our_examples_only_that_stays(name: str) -> None:
    check(example(name))


@each("*.json")
def test_of_the_published_ones_too(path: object) -> None:
    check(path.read_bytes())  # type: ignore[attr-defined]


def check(body: bytes) -> None:
    left = msgspec.json.decode(what_is_left(body))
    assert set(said(left.get("order", {}))) <= SAID | CHANGED
    assert set(left) <= {"order"}


@pytest.mark.parametrize(
    ("zip_code", "expected"),
    [("10671", "10600"), ("847 13", "84700"), ("1010", "1000"), ("SW1A 2AA", ""), ("12", ""),
     ("", ""), ("١٠٦٧١", "")],
)  # fmt: skip
def test_of_a_zip_code_the_area_stays(zip_code: str, expected: str) -> None:
    assert area(zip_code) == expected
    assert area(area(zip_code)) == expected
