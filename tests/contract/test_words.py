"""The contract's words, written out once more: what the types call by name is what is published."""

from smartcart.contract import Changes
from smartcart.contract.vocabulary import (
    COURIERS,
    Actor,
    CustomToken,
    FbmCourier,
    InvoiceDocument,
    LineRejection,
    OrderState,
    PaymentMethod,
    ReplacementType,
    ReturnReason,
    SizeLabel,
    Tag,
    VatVerification,
)
from tests.support.proving import proves


@proves("order.state")
def test_states() -> None:
    assert [*OrderState] == [
        *("open", "accepted", "rejected", "cancelled", "expired", "dispatched", "delivered"),
        *("partially_delivered", "for_return", "partially_returned", "returned"),
    ]


@proves("order.payment_method")
def test_payment_methods() -> None:
    assert [*PaymentMethod] == [
        *("card", "cash_on_delivery", "loan", "bank_transfer", "iris", "wallet", "edenred"),
        "revolut",
    ]


@proves("order.couriers", "tracking.couriers")
def test_couriers() -> None:
    assert [*COURIERS] == [
        *("Skroutz Last Mile", "ACS", "Speedex", "Elta", "EasyMail", "DHL", "Dpd"),
        *("Diakinisis", "Delatolas", "OB Streem", "Geniki Taxydromiki"),
    ]
    assert [*FbmCourier] == ["acs", "dhl", "geniki_taxydromiki", "dpd", "gls"]


@proves("order.invoice_document", "invoice_details.vat_exclusion_verification_method")
def test_invoices() -> None:
    assert [*InvoiceDocument] == ["receipt", "invoice", "invoice_39a", "invoice_vies"]
    assert [*VatVerification] == ["service", "documents"]


@proves("line.rejection_reason", "line.return_reason", "line.tags", "size.label")
def test_lines() -> None:
    assert {*LineRejection} == {
        *("no_stock", "wrong_price", "limited_stock", "discontinuation", "content_mistake"),
    }
    assert {*ReturnReason} == {"faulty", "wrong_product", "withdrawal", "wrong_size"}
    assert {*Tag} == {
        *("plus_deal", "coupon_deal", "two_plus_deal", "coupons", "price_optimizer"),
        "cc_installments",
    }
    assert {*SizeLabel} == {"Νούμερο", "Μέγεθος", "Ηλικία"}


@proves("order.custom", "replacements.type", "rejection_info.actor")
def test_the_rest_of_an_order() -> None:
    assert {*CustomToken} == {"[GIFT-WRAP]", "[RETURN-FROM-SERVICE]", "[RETURN-AS-IS]"}
    assert {*ReplacementType} == {"from_service", "as_is_return"}
    assert {*Actor} == {"skroutz", "merchant"}


@proves("event.changes-fields")
def test_what_events_tell_of() -> None:
    assert set(Changes.__struct_fields__) == {
        *("state", "expires_at", "dispatch_until", "courier", "courier_voucher"),
        *("courier_tracking_codes", "fbs_delivery_note", "fbs_delivery_note_url", "pickup_window"),
        *("number_of_parcels", "pickup_address", "is_ready_for_dispatch"),
    }
