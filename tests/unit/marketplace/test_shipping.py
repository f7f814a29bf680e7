"""An accepted order as its courier sees it."""

import msgspec
import pytest

from smartcart.contract import Address, PaymentMethod
from smartcart.marketplace.domain.order import Acceptance, Order, PickupWindow
from smartcart.marketplace.domain.shipping import shipment
from smartcart.marketplace.domain.voucher import Party, Shipment
from tests.support.marketplace import CUSTOMER, NOW, SHOP, a_line, a_merchant, an_order

WINDOW = PickupWindow(1, NOW, NOW)


def shipped(order: Order, acceptance: Acceptance | None = None) -> Shipment:
    return shipment(order, acceptance or Acceptance(SHOP, WINDOW, 2), a_merchant(), NOW)


def test_who_sends_and_who_receives() -> None:
    found = shipped(an_order())
    assert found.sender == Party(
        name="Κύμα και Φως",
        lines=("Ερμού 12",),
        zip="10563",
        city="Αθήνα, Αττική",
        phone="2103812345",
    )
    assert found.recipient == Party(
        name="Άννα Καλλέργη",
        lines=("Αγίου Μηνά 17", "Όροφος 2ος", "Το κουδούνι γράφει «Καλλέργη»"),
        zip="71202",
        city="Ηράκλειο, Ηρακλείου",
    )


def test_what_travels_and_when() -> None:
    found = shipped(an_order(comments="μετά τις 17:00"))
    assert (found.order_code, found.courier) == ("260312-0004217", "Skroutz Last Mile")
    assert (found.parcels, found.created_at) == (2, NOW)
    assert (found.pickup_from, found.pickup_to) == (WINDOW.start, WINDOW.end)
    assert found.comments == "μετά τις 17:00"
    assert not found.collection_point


def test_a_pickup_without_a_window() -> None:
    found = shipped(an_order(), Acceptance(SHOP, None, 1))
    assert (found.pickup_from, found.pickup_to) == (None, None)


@pytest.mark.parametrize("method", PaymentMethod)
def test_the_courier_collects_what_is_not_paid(method: PaymentMethod) -> None:
    lines = (a_line("1", 3, unit_price_cents=1890), a_line("2", 1, unit_price_cents=435))
    found = shipped(an_order(*lines, payment_method=method))
    owed = 6105 if method is PaymentMethod.CASH_ON_DELIVERY else 0
    assert found.cash_on_delivery_cents == owed


def test_a_collection_point() -> None:
    address = Address(
        pickup_from_collection_point=True,
        collection_point_address="Θυρίδα 118: Εγνατία 73, Θεσσαλονίκη, 54635",
    )
    customer = msgspec.structs.replace(CUSTOMER, address=address)
    found = shipped(an_order(customer=customer))
    assert found.collection_point
    assert found.recipient.lines == ("Θυρίδα 118: Εγνατία 73, Θεσσαλονίκη, 54635",)
    assert (found.recipient.zip, found.recipient.city) == ("", "")


@pytest.mark.parametrize(
    ("phone", "mobile", "shown"),
    [
        (None, None, ""),
        ("2810123456", None, "2810123456"),
        (None, "(+30) 6999999999", "(+30) 6999999999"),
        ("2810123456", "(+30) 6999999999", "(+30) 6999999999"),
    ],
)
def test_the_telephone_the_courier_calls(phone: str | None, mobile: str | None, shown: str) -> None:
    customer = msgspec.structs.replace(CUSTOMER, phone=phone, mobile=mobile)
    assert shipped(an_order(customer=customer)).recipient.phone == shown
