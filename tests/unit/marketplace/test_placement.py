"""A cart becomes orders, or is refused by line and with what to do about it."""

from datetime import UTC, datetime, timedelta

import pytest

from smartcart.contract import ATHENS, OrderState, PaymentMethod, Size
from smartcart.marketplace.domain import placement
from smartcart.marketplace.domain.placement import Cart, CartLine, Terms
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from tests.support.marketplace import (
    CUSTOMER,
    MERCHANT,
    NOW,
    SHOP,
    a_cart,
    a_line,
    a_merchant,
    an_offer,
)
from tests.support.proving import proves

OFFERS = {
    (MERCHANT, "KF-1042", ""): an_offer(quantity=7),
    (MERCHANT, "KF-2077", ""): an_offer("KF-2077", quantity=0),
    (MERCHANT, "KF-6001", ""): an_offer("KF-6001", quantity=None),
    (MERCHANT, "KF-3310", "KF-3310-M"): an_offer(
        "KF-3310", shop_variation_uid="KF-3310-M", quantity=2
    ),
    ("other", "KF-1042", ""): an_offer(merchant_id="other"),
}


def line(shop_uid: str = "KF-1042", quantity: int = 1, **changes: str) -> CartLine:
    chosen = {"merchant_id": MERCHANT, **changes}
    return CartLine(shop_uid=shop_uid, quantity=quantity, **chosen)


def refusal(cart: Cart) -> str:
    with pytest.raises(Refused) as refused:
        placement.check(cart, OFFERS)
    assert refused.value.code is RefusalCode.CART
    return refused.value.message


def test_a_cart_of_what_is_offered_is_fine() -> None:
    cart = a_cart(
        line(quantity=7),
        line("KF-6001", 1000),
        line("KF-3310", 2, shop_variation_uid="KF-3310-M"),
        line(merchant_id="other"),
    )
    placement.check(cart, OFFERS)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (line("nothing"), "lines[1].shop_uid: 'nothing' is not offered by this merchant"),
        (
            line("KF-3310", shop_variation_uid="XXL"),
            "lines[1].shop_uid: 'KF-3310/XXL' is not offered by this merchant",
        ),
        (line("KF-3310"), "lines[1].shop_uid: 'KF-3310' is not offered by this merchant"),
        (
            line(merchant_id="nobody"),
            "lines[1].shop_uid: 'KF-1042' is not offered by this merchant",
        ),
        (line("KF-6001", 0), "lines[1].quantity: must be 1 to 1000"),
        (line("KF-6001", -1), "lines[1].quantity: must be 1 to 1000"),
        (line("KF-6001", 1001), "lines[1].quantity: must be 1 to 1000"),
        (line("KF-2077"), "lines[1].quantity: only 0 of 'KF-2077' offered"),
        (
            line("KF-3310", 3, shop_variation_uid="KF-3310-M"),
            "lines[1].quantity: only 2 of 'KF-3310/KF-3310-M' offered",
        ),
        (line(), "lines[1]: 'KF-1042' is in the cart already; add to its quantity"),
    ],
)
def test_a_refusal_names_the_line_and_the_remedy(wrong: CartLine, message: str) -> None:
    assert refusal(a_cart(line(), wrong)) == message


def test_an_empty_cart_and_one_too_full() -> None:
    empty = Cart(lines=(), customer=CUSTOMER)
    full = a_cart(*(line(f"uid-{n}") for n in range(101)))
    assert refusal(empty) == refusal(full) == "lines: a cart holds 1 to 100 lines"


def test_a_cart_is_split_by_merchant_in_the_order_they_come() -> None:
    lines = [
        line("1", merchant_id="b"),
        line("2", merchant_id="a"),
        line("3", merchant_id="b"),
        line("4", merchant_id="c"),
    ]
    parts = placement.split(a_cart(*lines))
    assert list(parts.items()) == [
        ("b", (lines[0], lines[2])),
        ("a", (lines[1],)),
        ("c", (lines[3],)),
    ]


@proves("feed.ids-on-the-wire")
def test_a_line_has_all_that_the_offer_says() -> None:
    size = Size(label="Μέγεθος", value="M", shop_value="Medium", shop_variation_uid="KF-3310-M")
    offer = an_offer(
        "KF-3310",
        shop_variation_uid="KF-3310-M",
        name="Πουκάμισο",
        price_cents=4200,
        commission_basis_points=1150,
        size=size,
        ean="5201234000031",
        mpn="LIN-M",
    )
    chosen = line("KF-3310", 2, shop_variation_uid="KF-3310-M")
    item = placement.line_item(chosen, offer, "line-1")
    assert item == a_line(
        "line-1",
        2,
        shop_uid="KF-3310",
        shop_variation_uid="KF-3310-M",
        product_name="Πουκάμισο",
        unit_price_cents=4200,
        commission_basis_points=1150,
        size=size,
        ean="5201234000031",
        mpn="LIN-M",
    )
    assert item.total_cents == 8400
    assert placement.line_item(line(), an_offer(), "x").shop_variation_uid is None


def test_an_order_as_it_is_placed() -> None:
    merchant = a_merchant(set_as_ready_required=True)
    terms = Terms(answer_within=timedelta(hours=6), dispatch_working_days=1, courier="ACS")
    cart = a_cart(payment_method=PaymentMethod.CASH_ON_DELIVERY, comments="μετά τις 17:00")
    order = placement.placed("260312-0000001", merchant, cart, (a_line(),), terms, NOW)
    assert (order.code, order.merchant_id, order.state) == (
        "260312-0000001", MERCHANT, OrderState.OPEN,
    )  # fmt: skip
    assert (order.version, order.events) == (1, 0)
    assert (order.created_at, order.expires_at) == (NOW, NOW + timedelta(hours=6))
    assert order.dispatch_until == datetime(2026, 3, 13, 18, tzinfo=ATHENS)
    assert (order.customer, order.lines, order.comments) == (
        CUSTOMER, (a_line(),), "μετά τις 17:00",
    )  # fmt: skip
    assert (order.courier, order.locations, order.parcels) == ("ACS", (SHOP,), (1, 2, 3))
    assert order.set_as_ready_required
    assert not order.paid_by_user
    assert (order.acceptance, order.voucher, order.reissue_of) == (None, None, None)


@pytest.mark.parametrize("method", PaymentMethod)
def test_everything_but_cash_on_delivery_is_paid(method: PaymentMethod) -> None:
    order = placement.placed(
        "c", a_merchant(), a_cart(payment_method=method), (a_line(),), Terms(), NOW
    )
    assert order.paid_by_user is (method is not PaymentMethod.CASH_ON_DELIVERY)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-12T09:00+02:00", "2026-03-16T18:00+02:00"),
        ("2026-03-26T09:00+02:00", "2026-03-30T18:00+03:00"),  # over the change to summer time
        ("2026-10-22T09:00+03:00", "2026-10-26T18:00+02:00"),  # and back
        ("2026-04-08T12:00+03:00", "2026-04-14T18:00+03:00"),  # over Easter
    ],
)
def test_dispatch_is_due_on_the_evening_of_a_working_day(now: str, until: str) -> None:
    due = Terms().dispatch_until(datetime.fromisoformat(now).astimezone(UTC))
    assert due == datetime.fromisoformat(until)
