"""An order written out as the contract writes one, and what of it cannot be placed (§4)."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from smartcart import contract
from smartcart.marketplace.domain import entering, written
from smartcart.marketplace.domain.order import Acceptance, DeliveryNote, Order
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from tests.support.marketplace import NOW, SHOP, TERMS, a_merchant

Json = dict[str, Any]


def written_out() -> Json:
    """The least an order needs."""
    return {
        "customer": {
            "first_name": "Άννα",
            "address": {"street_name": "Αγίου Μηνά", "zip": "71202", "city": "Ηράκλειο"},
        },
        "line_items": [{"shop_uid": "X-1", "quantity": 2, "unit_price": 10.4}],
    }


def entered(document: Json) -> Order:
    given = written.read(json.dumps(document).encode())
    assert isinstance(given, contract.Order)
    ids = tuple(f"line-{n}" for n, _ in enumerate(given.line_items))
    return entering.entered(given, "260312-0004217", a_merchant(), ids, TERMS, NOW)


def test_what_is_not_said_is_as_it_usually_is() -> None:
    order = entered(written_out())
    [line] = order.lines
    assert (line.product_name, line.total_cents, line.commission_basis_points) == (
        "X-1",
        2080,
        1000,
    )
    assert (order.state, order.courier, order.payment_method) == ("open", TERMS.courier, "card")
    assert (order.invoice_document, order.parcels, order.last_mile) == ("receipt", (1, 2, 3), True)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"paid_by_user": False}, {"payment_method": "cash_on_delivery"}),
        ({"custom": "[GIFT-WRAP] [RETURN-AS-IS]"}, {"gift_wrap": True}),
        ({"custom": "[RETURN-AS-IS]"}, {"replacement_type": "as_is_return"}),
        ({"courier": "ACS"}, {"courier": "ACS", "last_mile": False}),
        ({"shipping_cost": 0}, {"fulfilment": "fbm", "shipping_cost_cents": 0, "courier": None}),
        ({"store_pickup": True, "courier": "ACS"}, {"courier": None, "parcels": (1,)}),
        ({"invoice": True, "invoice_details": {}}, {"invoice_document": "invoice"}),
        (
            {"invoice": True, "invoice_details": {"vat_exclusion_requested": True}},
            {"invoice_document": "invoice_39a"},
        ),
        ({"accept_options": {"number_of_parcels": [2, 4, 2]}}, {"parcels": (2, 4)}),
        ({"state": "accepted", "courier_tracking_codes": ["T"]}, {"tracking_codes": ()}),
        (
            {"state": "accepted", "shipping_cost": 1, "courier_tracking_codes": ["T"]},
            {"tracking_codes": ("T",), "acceptance": None},
        ),
        (
            {"state": "accepted", "store_pickup": True},
            {"acceptance": Acceptance(SHOP, None, 1)},
        ),
        (
            {"state": "accepted", "fulfilled_by_skroutz": True, "fbs_delivery_note": "Δ1"},
            {"delivery_note": DeliveryNote("Δ1", ""), "acceptance": None},
        ),
    ],
)
def test_what_is_said_is_taken(fields: Json, expected: Json) -> None:
    order = entered({**written_out(), **fields})
    assert {name: getattr(order, name) for name in expected} == expected


def test_what_our_courier_collects_is_accepted_with_the_first_of_each_option() -> None:
    order = entered({**written_out(), "state": "accepted"})
    assert order.acceptance == Acceptance(SHOP, order.windows[0], 1)


def to_nobody(document: Json) -> None:
    document["customer"]["first_name"] = " "


def to_nowhere(document: Json) -> None:
    document["customer"]["address"] = {}


def without(field: str) -> Callable[[Json], None]:
    return lambda document: document["customer"]["address"].update({field: ""})


def with_fields(**fields: object) -> Callable[[Json], None]:
    return lambda document: document.update(fields)


def with_line(**fields: object) -> Callable[[Json], None]:
    return lambda document: document["line_items"][0].update(fields)


LONG = "x" * 2_001
BAD: list[tuple[Callable[[Json], None], str]] = [
    (with_fields(state="dispatched"), "state: an order begins open or accepted, not dispatched"),
    (with_fields(state="lost"), "state: 'lost' is not one of: open, accepted"),
    (with_fields(line_items=[]), "line_items: give 1 to 100 lines"),
    (with_fields(line_items=[{"quantity": 1}] * 101), "line_items: give 1 to 100 lines"),
    (with_line(quantity=0), "line_items[0].quantity: must be 1 to 1000"),
    (with_line(quantity=1_001), "line_items[0].quantity: must be 1 to 1000"),
    (with_line(shop_uid=""), "line_items[0].shop_uid: give the product's id"),
    (with_line(unit_price=None), "line_items[0].unit_price: give euros a piece"),
    (with_line(unit_price=-1), "line_items[0].unit_price: must be 0 to 1000000 euros"),
    (with_line(unit_price=1_000_001), "line_items[0].unit_price: must be 0 to 1000000 euros"),
    (with_line(unit_price=1.005), "line_items[0].unit_price: 1.005 has more than two places"),
    (with_line(commission_rate=100.5), "line_items[0].commission_rate: must be 0 to 100 per cent"),
    (with_line(commission_rate=8.345), "line_items[0].commission_rate: must be 0 to 100 per cent"),
    (with_line(vat_ratio=1_000), "line_items[0].vat_ratio: must be 0 to 100"),
    (with_line(product_name="a\0b"), "line_items[0].product_name: has a NUL character"),
    (with_line(tags=["ok", LONG]), "line_items[0].tags[1]: has 2001 characters; at most 2000"),
    (with_fields(comments=LONG), "comments: has 2001 characters"),
    (with_fields(replaced="a\0"), "replaced: has a NUL character"),
    (to_nobody, "customer.first_name: give the name"),
    (to_nowhere, "customer.address.street_name: give it"),
    (without("zip"), "customer.address.zip: give it"),
    (without("city"), "customer.address.city: give it"),
    (
        lambda d: d["customer"]["address"].update({"pickup_from_collection_point": True}),
        "customer.address.collection_point_address: give it",
    ),
    (with_fields(store_pickup=True, fulfilled_by_skroutz=True), "fulfilled_by_skroutz: only one"),
    (with_fields(express=True, store_pickup=True), "express: is for what our courier collects"),
    (with_fields(invoice=True), "invoice_details: an order with invoice needs them"),
    (with_fields(invoice_details={}), "invoice: there are invoice_details: say true"),
    (with_fields(invoice_document="invoice"), "invoice_document: invoice does not go with"),
    (
        with_fields(invoice=True, invoice_details={}, invoice_document="receipt"),
        "invoice_document: receipt does not go with invoice: True",
    ),
    (
        with_fields(invoice=True, invoice_details={}, invoice_document="bill"),
        "invoice_document: 'bill' is not one of: receipt, invoice",
    ),
    (with_fields(payment_method="shells"), "payment_method: 'shells' is not one of: card"),
    (with_fields(payment_method="card", paid_by_user=False), "paid_by_user: False does not go"),
    (
        with_fields(payment_method="cash_on_delivery", paid_by_user=True),
        "paid_by_user: True does not go with cash_on_delivery",
    ),
    (with_fields(custom="[GIFT]"), "custom: '[GIFT]' is not one of: [GIFT-WRAP]"),
    (with_fields(fees={"fbs_fee": -1}), "fees.fbs_fee: must be 0 to 1000000 euros"),
    (with_fields(shipping_cost=-1), "shipping_cost: must be 0 to 1000000 euros"),
    (
        with_fields(accept_options={"number_of_parcels": [0]}),
        "accept_options.number_of_parcels: each must be 1 to 99",
    ),
]


@pytest.mark.parametrize(("spoil", "message"), BAD, ids=[message for _, message in BAD])
def test_what_cannot_be_placed_is_named(spoil: Callable[[Json], None], message: str) -> None:
    document = written_out()
    spoil(document)
    with pytest.raises(Refused) as refused:
        entered(document)
    assert refused.value.code is RefusalCode.ORDER
    assert refused.value.message.startswith(message)


def test_only_what_is_brought_to_somebody_needs_to_know_whom() -> None:
    for kind in ("store_pickup", "fulfilled_by_skroutz"):
        assert entered({**written_out(), "customer": {}, kind: True}).customer.first_name == ""
