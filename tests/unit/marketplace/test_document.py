"""The order as the contract writes it (§4): exact keys, exact values."""

from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec
import pytest

from smartcart.contract import OrderBody, OrderState, PaymentMethod, RejectedLine, RejectRequest
from smartcart.contract import encode as encoded
from smartcart.marketplace.domain import answers, operations
from smartcart.marketplace.domain.document import document
from smartcart.marketplace.domain.order import IssuedVoucher, Order
from tests.support.marketplace import (
    CUSTOMER,
    NOW,
    a_line,
    acceptance_of,
    an_order,
    later,
)
from tests.support.proving import proves

Document: TypeAlias = dict[str, object]

ALWAYS = {
    "code", "state", "customer", "invoice", "uploaded_invoice_file", "invoice_document",
    "comments", "courier", "courier_voucher", "courier_tracking_codes", "line_items",
    "created_at", "expires_at", "dispatch_until", "express", "gift_wrap",
    "fulfilled_by_skroutz", "store_pickup", "commission", "fees", "fbs_delivery_note",
    "fbs_delivery_note_url", "paid_by_user", "payment_method", "set_as_ready_required",
    "is_ready_for_dispatch",
}  # fmt: skip
OPTIONS = {"accept_options", "reject_options"}
CHOSEN = {"pickup_window", "pickup_address", "number_of_parcels"}
LINE_ALWAYS = {
    "id", "shop_uid", "product_name", "quantity", "unit_price", "total_price",
    "price_includes_vat", "commission", "commission_rate", "island_vat_discount_applied",
    "serial_numbers",
}  # fmt: skip
VOUCHER = IssuedVoucher("https://market.example/vouchers/x.pdf", ("SC1", "SC2"))


def written(order: Order, now: datetime = NOW) -> Document:
    body = encoded(OrderBody(order=document(order, now)))
    return msgspec.json.decode(body, type=dict[str, Document])["order"]


def lines(order: Order) -> list[Document]:
    return msgspec.convert(written(order)["line_items"], list[Document])


def accepted(order: Order | None = None) -> Order:
    before = order or an_order()
    return answers.accept(before, acceptance_of(before, number_of_parcels=2), NOW)


def test_an_open_order_has_the_keys_of_the_published_ones_and_its_options() -> None:
    assert set(written(an_order())) == ALWAYS | OPTIONS


def test_an_accepted_order_has_what_was_chosen_and_no_options() -> None:
    assert set(written(accepted())) == ALWAYS | CHOSEN


@pytest.mark.parametrize("state", [OrderState.REJECTED, OrderState.CANCELLED, OrderState.EXPIRED])
def test_an_order_that_ended_has_neither(state: OrderState) -> None:
    assert set(written(an_order(state=state))) == ALWAYS


@proves("get.options-while-actable", "order.accept_options", "order.reject_options")
def test_options_are_there_only_while_the_order_may_be_answered() -> None:
    order = an_order()
    last_moment = order.expires_at - timedelta(seconds=1)
    assert set(written(order, last_moment)) == ALWAYS | OPTIONS
    assert set(written(order, order.expires_at)) == ALWAYS


def test_plain_values() -> None:
    order = an_order(comments="μετά τις 17:00", set_as_ready_required=True)
    shown = written(order)
    expected: Document = {
        "code": "260312-0004217",
        "state": "open",
        "invoice": False,
        "uploaded_invoice_file": None,
        "invoice_document": "receipt",
        "comments": "μετά τις 17:00",
        "courier": "Skroutz Last Mile",
        "courier_voucher": None,
        "courier_tracking_codes": [],
        "created_at": "2026-03-12T09:41:07+02:00",
        "expires_at": "2026-03-13T09:41:07+02:00",
        "dispatch_until": "2026-03-16T18:00:00+02:00",
        "express": False,
        "gift_wrap": False,
        "fulfilled_by_skroutz": False,
        "store_pickup": False,
        "fees": {},
        "fbs_delivery_note": None,
        "fbs_delivery_note_url": None,
        "paid_by_user": True,
        "payment_method": "card",
        "set_as_ready_required": True,
        "is_ready_for_dispatch": False,
    }
    assert {key: shown[key] for key in expected} == expected


def test_the_customer() -> None:
    assert written(an_order())["customer"] == {
        "id": "Bd7eXo21Yk",
        "first_name": "Άννα",
        "last_name": "Καλλέργη",
        "address": {
            "street_name": "Αγίου Μηνά",
            "street_number": "17",
            "zip": "71202",
            "city": "Ηράκλειο",
            "region": "Ηρακλείου",
            "country_code": "GR",
            "pickup_from_collection_point": False,
            "comments": "Το κουδούνι γράφει «Καλλέργη»",
            "floor": "2ος",
        },
    }


def test_telephone_numbers_are_for_the_courier_and_not_for_the_merchant() -> None:
    """Contract §4: only for orders fulfilled by the merchant, or with an invoice."""
    reachable = msgspec.structs.replace(CUSTOMER, phone="2810123456", mobile="(+30) 6999999999")
    customer = written(an_order(customer=reachable))["customer"]
    assert customer == written(an_order())["customer"]


def test_cash_on_delivery_is_not_paid_yet() -> None:
    shown = written(an_order(payment_method=PaymentMethod.CASH_ON_DELIVERY))
    assert (shown["payment_method"], shown["paid_by_user"]) == ("cash_on_delivery", False)


def test_times_are_those_of_athens_in_whole_seconds_also_in_summer() -> None:
    summer = datetime.fromisoformat("2026-07-01T06:30:00.123456+00:00")
    shown = written(an_order(now=summer), summer)
    assert shown["created_at"] == "2026-07-01T09:30:00+03:00"


def test_a_line_and_its_money() -> None:
    order = an_order(a_line(quantity=3, ean="5201234000017", mpn="BR-350"))
    body = encoded(OrderBody(order=document(order, NOW)))
    [line] = lines(order)
    assert line == {
        "id": "line-1",
        "shop_uid": "KF-1042",
        "product_name": "Μπρίκι χάλκινο",
        "quantity": 3,
        "unit_price": 18.9,
        "total_price": 56.7,
        "price_includes_vat": True,
        "commission": 5.22,
        "commission_rate": 9.2,
        "island_vat_discount_applied": False,
        "ean": "5201234000017",
        "mpn": "BR-350",
        "serial_numbers": None,
    }
    assert b'"unit_price":18.90,"total_price":56.70' in body


def test_a_line_without_more_has_only_the_keys_it_needs() -> None:
    [line] = lines(an_order(a_line()))
    assert set(line) == LINE_ALWAYS


@proves("value.commission")
def test_the_commission_of_an_order_is_the_sum_of_its_lines() -> None:
    odd = (
        a_line("1", 1, unit_price_cents=105, commission_basis_points=1000),
        a_line("2", 1, unit_price_cents=105, commission_basis_points=1000),
    )
    order = an_order(*odd)
    assert [line["commission"] for line in lines(order)] == [0.11, 0.11]
    assert written(order)["commission"] == 0.22


@proves("accept_options.window-label")
def test_accept_options() -> None:
    options = written(an_order())["accept_options"]
    assert options == {
        "number_of_parcels": [1, 2, 3],
        "pickup_location": [{"id": "Sa1bTc2dUe", "label": "Ερμού 12, Τ.Κ. 10563, Αθήνα, Αττική"}],
        "pickup_window": [
            {"id": 1, "label": "12:00 - 15:00, Πέμ 12/03/26"},
            {"id": 2, "label": "15:00 - 18:00, Πέμ 12/03/26"},
            {"id": 3, "label": "10:00 - 12:00, Παρ 13/03/26"},
            {"id": 4, "label": "12:00 - 15:00, Παρ 13/03/26"},
            {"id": 5, "label": "15:00 - 18:00, Παρ 13/03/26"},
        ],
    }


def test_only_windows_that_have_not_begun_are_offered() -> None:
    order = an_order()
    found = document(order, later(hours=3)).accept_options
    assert found is not None
    assert [window.id for window in found.pickup_window] == [2, 3, 4, 5, 6]


@proves("reason.offered")
def test_reject_options() -> None:
    assert written(an_order())["reject_options"] == {
        "line_item_rejection_reasons": [
            {
                "id": 1,
                "label": "Εκτός αποθέματος στο κατάστημα ή στον προμηθευτή",
                "requires_available_quantity": False,
            },
            {
                "id": 2,
                "label": "Λάθος καταχωρημένη τιμή(ες)",
                "requires_available_quantity": False,
            },
            {"id": 4, "label": "Περιορισμένα τεμάχια", "requires_available_quantity": True},
            {"id": 5, "label": "To προϊόν καταργήθηκε", "requires_available_quantity": False},
        ]
    }


def test_what_was_chosen() -> None:
    shown = written(accepted())
    assert {key: shown[key] for key in CHOSEN} == {
        "pickup_window": {
            "from": "2026-03-12T12:00:00+02:00",
            "to": "2026-03-12T15:00:00+02:00",
        },
        "pickup_address": "Ερμού 12, Τ.Κ. 10563, Αθήνα, Αττική",
        "number_of_parcels": 2,
    }


def test_an_order_accepted_without_a_window_shows_none() -> None:
    assert set(written(accepted(an_order(windows=())))) == ALWAYS | CHOSEN - {"pickup_window"}


def test_the_voucher() -> None:
    shown = written(operations.with_voucher(accepted(), VOUCHER))
    assert shown["courier_voucher"] == "https://market.example/vouchers/x.pdf"
    assert shown["courier_tracking_codes"] == ["SC1", "SC2"]


@proves("reason.1", "reason.2", "reason.4", "reason.5")
@pytest.mark.parametrize(
    ("reason", "word"),
    [(1, "no_stock"), (2, "wrong_price"), (4, "limited_stock"), (5, "discontinuation")],
)
def test_a_rejected_line_says_why_and_the_others_say_nothing(reason: int, word: str) -> None:
    request = RejectRequest(
        line_items=(RejectedLine(id="line-1", reason_id=reason, available_quantity=1),)
    )
    rejected = answers.reject(an_order(a_line(), a_line("line-2")), request, NOW)
    first, second = lines(rejected)
    assert first["rejection_reason"] == word
    assert "rejection_reason" not in second
    assert "rejection_info" not in written(rejected)


def test_an_order_rejected_as_a_whole_says_why_in_words() -> None:
    request = RejectRequest(rejection_reason_other="Πλημμύρα")
    shown = written(answers.reject(an_order(), request, NOW))
    assert shown["rejection_info"] == {"reason": "Πλημμύρα", "actor": "merchant"}
    assert set(shown) == ALWAYS | {"rejection_info"}
