"""What each demo order shows, and that it stays so (contract §6)."""

from datetime import UTC, datetime, timedelta

import pytest

from smartcart import contract
from smartcart.contract import athens, parse_pickup_label
from smartcart.marketplace.domain.document import document
from smartcart.marketplace.sandbox.demo import Demo, DemoOrders, Paper, codes
from tests.support.marketplace import NOW, SHOP, a_merchant, later
from tests.support.proving import proves

URL = "https://market.example"
SANDBOX = DemoOrders(URL, "Skroutz Last Mile")
MOMENTS = [
    NOW,
    datetime(2026, 3, 13, 16, 59, 59, tzinfo=UTC),  # a Friday evening
    datetime(2026, 3, 28, 23, 30, tzinfo=UTC),  # the night the clocks go forward
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # the night they go back
    datetime(2026, 4, 9, 12, 0, tzinfo=UTC),  # before Easter
    datetime(2026, 12, 31, 22, 59, tzinfo=UTC),
]
"""Moments about which a list of windows may stumble."""
COLLECTED = sorted(
    {
        *("DEMO-OPEN", "DEMO-INVOICE", "DEMO-INVOICE39A", "DEMO-INVOICE-VIES"),
        *("DEMO-FEES", "DEMO-REPLACED"),
    }
)


def demo(code: str, now: datetime = NOW) -> Demo:
    found = SANDBOX.find(code, a_merchant(), now)
    assert found is not None
    return found


def shown(code: str, now: datetime = NOW) -> contract.Order:
    return document(demo(code, now).shown(), now)


def test_there_are_thirteen_and_no_more() -> None:
    assert codes() == (
        "DEMO-ACCEPTED",
        "DEMO-FBS",
        "DEMO-FBS-DISPATCHED",
        "DEMO-FEES",
        "DEMO-INVOICE",
        "DEMO-INVOICE-VIES",
        "DEMO-INVOICE39A",
        "DEMO-OPEN",
        "DEMO-REJECTED",
        "DEMO-REPLACED",
        "DEMO-REPLACEMENT",
        "DEMO-RETURN",
        "DEMO-STORE-PICKUP",
    )
    for other in ("DEMO-XYZ", "demo-open", "DEMO-OPEN ", "", "260312-0004217"):
        assert SANDBOX.find(other, a_merchant(), NOW) is None


@pytest.mark.parametrize("code", codes())
@pytest.mark.parametrize("now", MOMENTS)
def test_within_an_hour_nothing_of_it_changes(code: str, now: datetime) -> None:
    first = now.replace(minute=0, second=0, microsecond=0)
    last = first + timedelta(minutes=59, seconds=59)
    assert demo(code, first).shown() == demo(code, now).shown() == demo(code, last).shown()
    assert shown(code, first) == shown(code, last)


@pytest.mark.parametrize("code", codes())
@pytest.mark.parametrize("now", MOMENTS)
def test_it_is_of_this_hour_and_there_is_time_left(code: str, now: datetime) -> None:
    order = demo(code, now).shown()
    assert now - timedelta(hours=1) < order.created_at <= now
    assert order.expires_at - order.created_at == timedelta(hours=24)
    assert order.merchant_id == a_merchant().id
    assert order.locations == a_merchant().locations


@pytest.mark.parametrize("code", COLLECTED)
@pytest.mark.parametrize("hours", range(0, 24 * 8, 5))
def test_windows_are_ahead_and_their_ids_the_same_at_any_time(code: str, hours: int) -> None:
    now = later(hours=hours, minutes=59)
    options = shown(code, now).accept_options
    assert options is not None
    assert [window.id for window in options.pickup_window] == [1, 2, 3, 4, 5]
    spans = [parse_pickup_label(window.label) for window in options.pickup_window]
    assert all(span is not None and span.start > now for span in spans)
    assert [place.id for place in options.pickup_location] == [SHOP.id]


@proves("demo.open")
def test_open() -> None:
    order = shown("DEMO-OPEN")
    assert order.state == "open"
    assert (order.courier, order.courier_voucher, order.courier_tracking_codes) == (
        "Skroutz Last Mile", None, (),
    )  # fmt: skip
    sized, plain, explained = order.line_items
    assert sized.size is not None
    assert (sized.size.shop_variation_uid, sized.extra_info) == (sized.shop_variation_uid, None)
    assert (plain.size, plain.extra_info) == (None, None)
    assert (explained.size, explained.extra_info) == (None, "Χρώμα: Θαλασσί\\nΧάραξη: ΦΩΤΕΙΝΗ")
    assert [line.tags for line in order.line_items] == [
        ("plus_deal", "price_optimizer"),
        ("coupon_deal",),
        ("two_plus_deal",),
    ]
    assert order.accept_options is not None
    assert order.accept_options.number_of_parcels == (1, 2, 3)
    assert order.reject_options is not None
    assert (order.customer.phone, order.customer.mobile) == (None, None)


@proves("demo.accepted")
def test_accepted() -> None:
    order = shown("DEMO-ACCEPTED")
    assert order.state == "accepted"
    assert order.courier_voucher == f"{URL}/sandbox/DEMO-ACCEPTED/voucher.pdf"
    assert order.courier_tracking_codes == ("SC000000000013",)
    assert order.uploaded_invoice_file == f"{URL}/sandbox/DEMO-ACCEPTED/invoice.pdf"
    assert order.pickup_window is not None
    assert (order.number_of_parcels, order.pickup_address) == (
        1,
        "Ερμού 12, Τ.Κ. 10563, Αθήνα, Αττική",
    )
    assert (order.accept_options, order.reject_options) == (None, None)


@proves("demo.rejected")
def test_rejected() -> None:
    order = shown("DEMO-REJECTED")
    assert (order.state, order.courier_voucher) == ("rejected", None)
    assert order.rejection_info == contract.RejectionInfo(
        reason="Το κατάστημα είναι κλειστό για απογραφή", actor="merchant"
    )
    assert [line.rejection_reason for line in order.line_items] == [None, None, None]


@proves("demo.invoice")
def test_invoice() -> None:
    order = shown("DEMO-INVOICE")
    assert (order.state, order.invoice, order.invoice_document) == ("open", True, "invoice")
    assert (order.customer.phone, order.customer.mobile) == ("2109999999", "(+30) 6999999999")
    assert order.invoice_details is not None
    assert order.invoice_details.company
    assert order.invoice_details.vat_exclusion_requested is False


@proves("demo.invoice39a")
def test_invoice_39a() -> None:
    order = shown("DEMO-INVOICE39A")
    assert (order.state, order.invoice_document) == ("open", "invoice_39a")
    details = order.invoice_details
    assert details is not None
    assert details.vat_exclusion_requested is True
    assert details.vat_exclusion_verification_method == "service"
    assert details.vat_exclusion_representative == contract.VatExclusionRepresentative(
        id_type="ΑΤ Αστυνομική Ταυτότητα", id_number="54321", otp="482913"
    )
    assert [line.price_includes_vat for line in order.line_items] == [False, False, False]


@proves("demo.invoice-vies")
def test_invoice_vies() -> None:
    order = shown("DEMO-INVOICE-VIES")
    assert (order.state, order.invoice_document) == ("open", "invoice_vies")
    assert order.invoice_details is not None
    assert order.invoice_details.vat_exclusion_requested is True
    assert order.invoice_details.vat_number.startswith("CY")
    assert order.customer.address.country_code == "CY"
    assert order.accept_options is not None


@proves("demo.fbs")
def test_fbs() -> None:
    order = shown("DEMO-FBS")
    assert (order.state, order.fulfilled_by_skroutz) == ("accepted", True)
    assert (order.courier_voucher, order.courier_tracking_codes) == (None, ())
    assert order.fees == contract.Fees(fbs_fee=contract.to_euros(120))
    assert (order.fbs_delivery_note, order.fbs_delivery_note_url) == (None, None)
    assert (order.pickup_window, order.accept_options) == (None, None)


@proves("demo.fbs-dispatched")
def test_fbs_dispatched() -> None:
    order = shown("DEMO-FBS-DISPATCHED")
    assert (order.state, order.fulfilled_by_skroutz) == ("dispatched", True)
    assert order.fbs_delivery_note == "ΔΑΠΟ0012408"
    assert order.fbs_delivery_note_url == f"{URL}/sandbox/DEMO-FBS-DISPATCHED/delivery_note.pdf"
    assert (order.courier_voucher, order.courier_tracking_codes) == (None, ("7031415926",))
    assert order.line_items[1].serial_numbers == "BR17-00412,BR17-00413"


@proves("demo.store-pickup")
def test_store_pickup() -> None:
    order = shown("DEMO-STORE-PICKUP")
    assert (order.state, order.store_pickup, order.courier) == ("open", True, None)
    assert order.dispatch_until is None
    assert order.accept_options is not None
    assert order.accept_options.pickup_window == ()
    assert [place.id for place in order.accept_options.pickup_location] == [SHOP.id]


@proves("demo.fees")
def test_fees() -> None:
    order = shown("DEMO-FEES")
    assert order.state == "open"
    assert order.fees == contract.Fees(
        handling_fee=contract.to_euros(150),
        skroutz_coins_fee=contract.to_euros(40),
        installments_fee=contract.to_euros(225),
        plus_user_fee=contract.to_euros(100),
    )


@proves("demo.replacement", "demo.replaced")
def test_replaced_and_its_replacement() -> None:
    replacement, replaced = shown("DEMO-REPLACEMENT"), shown("DEMO-REPLACED")
    assert (replacement.state, replacement.replaced, replacement.replacements) == (
        "accepted", "DEMO-REPLACED", None,
    )  # fmt: skip
    assert (replaced.state, replaced.replaced) == ("open", None)
    assert replaced.replacements == (contract.Replacement(code="DEMO-REPLACEMENT"),)


@proves("demo.return")
def test_return() -> None:
    order = shown("DEMO-RETURN")
    assert (order.state, order.is_ready_for_dispatch) == ("accepted", True)
    assert order.returns == (
        contract.Return(
            return_uuid="7c9e6679-7425-40de-944b-e07fc1f90ae7", tracking_ids=("7031415927",)
        ),
    )


def test_the_documents_name_the_papers_where_they_are() -> None:
    """Only the host is another: the program's own."""
    for code in codes():
        given, order = demo(code).given, shown(code)
        for theirs, ours in (
            (given.courier_voucher, order.courier_voucher),
            (given.uploaded_invoice_file, order.uploaded_invoice_file),
            (given.fbs_delivery_note_url, order.fbs_delivery_note_url),
        ):
            there = theirs and theirs.replace("https://marketplace.example", URL)
            assert there == ours
    assert demo("DEMO-OPEN").url(Paper.VOUCHER) == f"{URL}/sandbox/DEMO-OPEN/voucher.pdf"


def test_what_the_documents_say_is_what_is_shown() -> None:
    """Nothing in them is without effect."""
    for code in codes():
        given, order = demo(code).given, shown(code)
        for field in given.__struct_fields__:
            value = getattr(given, field)
            if value and field not in ("line_items", "courier_voucher", "uploaded_invoice_file",
                                       "fbs_delivery_note_url"):  # fmt: skip
                assert getattr(order, field) == value, f"{code}.{field}"
        for theirs, ours in zip(given.line_items, order.line_items, strict=True):
            for field in theirs.__struct_fields__:
                value = getattr(theirs, field)
                assert value is None or getattr(ours, field) == value, f"{code}.{field}"


def test_times_are_written_in_athens() -> None:
    order = shown("DEMO-OPEN")
    assert order.created_at == athens(NOW.replace(minute=0, second=0))
