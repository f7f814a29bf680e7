"""Every field of the order (contract §4): what it holds, and when it is there.

Looked at in what a running marketplace writes of every kind of order.
"""

from collections.abc import Iterator

import pytest

from smartcart.contract import vocabulary
from tests.contract.published import Json
from tests.contract.values import (
    Object,
    an_object,
    either,
    euros,
    faults,
    fee,
    flag,
    integer,
    list_of,
    matching,
    number,
    objects,
    one_of,
    text,
    texts,
    time,
    url,
)
from tests.support.proving import proves

Documents = dict[str, Json]

together = pytest.mark.asyncio(loop_scope="module")

TOKEN = r"\[(GIFT-WRAP|RETURN-FROM-SERVICE|RETURN-AS-IS)\]"
PHONE = matching(r"\d{10,}")
MOBILE = matching(r"\(\+\d+\) \d{8,10}")
LABEL = matching(
    r"\d\d:00 - \d\d:00, (Δευ|Τρί|Τετ|Πέμ|Παρ|Σάβ|Κυρ) \d\d/\d\d/\d\d",
)


def whole(value: Json) -> Object:
    assert isinstance(value, dict)
    return value


def orders(ours: Documents) -> Iterator[tuple[Object, Object]]:
    for document in ours.values():
        order = whole(whole(document)["order"])
        yield order, order


def within(ours: Documents, *path: str) -> Iterator[tuple[Object, Object]]:
    """The objects under `path`, one of each item where there is a list; with their orders."""
    for order, found in orders(ours):
        level: list[Json] = [found]
        for key in path:
            below = [whole(each)[key] for each in level if key in whole(each)]
            level = [
                item for each in below for item in (each if isinstance(each, list) else [each])
            ]
        yield from ((order, whole(each)) for each in level)


def is_fbm(order: Object) -> bool:
    return "shipping_cost" in order


def is_fbs(order: Object) -> bool:
    return bool(order["fulfilled_by_skroutz"])


def is_open(order: Object) -> bool:
    return order["state"] == "open"


def was_accepted(order: Object) -> bool:
    return order["state"] not in ("open", "expired")


def is_answerable(order: Object) -> bool:
    return is_open(order) and not order["express"]


def is_reachable(order: Object) -> bool:
    return is_fbm(order) or bool(order["invoice"])


def is_without_vat(order: Object) -> bool:
    return bool(whole(order["invoice_details"])["vat_exclusion_requested"])


def came_back(order: Object) -> bool:
    return order["state"] in ("for_return", "partially_returned", "returned")


@proves(
    *("order.code", "order.state", "order.customer", "order.invoice", "order.invoice_document"),
    *("order.invoice_details", "order.uploaded_invoice_file", "order.comments", "order.courier"),
    *("order.courier_voucher", "order.courier_tracking_codes", "order.line_items"),
    *("order.created_at", "order.expires_at", "order.dispatch_until", "order.express"),
    *("order.gift_wrap", "order.fulfilled_by_skroutz", "order.store_pickup", "order.commission"),
    *("order.fees", "order.fbs_delivery_note", "order.fbs_delivery_note_url"),
    *("order.paid_by_user", "order.payment_method", "order.shipping_cost", "order.pickup_window"),
    *("order.pickup_address", "order.number_of_parcels", "order.set_as_ready_required"),
    *("order.is_ready_for_dispatch", "order.rejection_info", "order.replacements"),
    *("order.replaced", "order.returns", "order.custom", "order.accept_options"),
    *("order.reject_options", "value.time", "value.money", "writer.always"),
)
@together
async def test_the_order(ours: Documents) -> None:
    fields = {
        "code": matching(r".{1,64}"),
        "state": one_of(vocabulary.OrderState),
        "customer": an_object,
        "invoice": flag,
        "uploaded_invoice_file": url.or_null,
        "invoice_document": one_of(vocabulary.InvoiceDocument),
        "invoice_details": an_object.exactly_when(lambda order: bool(order["invoice"])),
        "comments": text,
        "courier": text.or_null,
        "courier_voucher": url.or_null,
        "courier_tracking_codes": texts,
        "line_items": objects,
        "created_at": time,
        "expires_at": time,
        "dispatch_until": time.or_null,
        "express": flag,
        "gift_wrap": flag,
        "fulfilled_by_skroutz": flag,
        "store_pickup": flag,
        "commission": euros,
        "fees": an_object,
        "fbs_delivery_note": text.or_null,
        "fbs_delivery_note_url": url.or_null,
        "paid_by_user": flag,
        "payment_method": one_of(vocabulary.PaymentMethod),
        "shipping_cost": euros.only_when(lambda o: not (is_fbs(o) or o["store_pickup"])),
        "pickup_window": an_object.only_when(was_accepted),
        "pickup_address": text.only_when(was_accepted),
        "number_of_parcels": integer.only_when(was_accepted),
        "set_as_ready_required": flag,
        "is_ready_for_dispatch": flag,
        "rejection_info": an_object.only_when(lambda order: order["state"] == "rejected"),
        "replacements": objects.optional,
        "replaced": text.optional,
        "returns": objects.optional,
        "custom": matching(f"{TOKEN}( {TOKEN})*").optional,
        "accept_options": an_object.exactly_when(is_answerable),
        "reject_options": an_object.exactly_when(is_answerable),
    }
    assert faults(orders(ours), fields) == {}


@proves("order.dispatch_until", "accept_options.pickup_window", "order.courier")
@together
async def test_a_store_pickup_has_no_courier_no_windows_and_no_time_of_dispatch(
    ours: Documents,
) -> None:
    found = [order for order, _ in orders(ours) if order["store_pickup"]]
    assert found
    for order in found:
        assert (order["courier"], order["dispatch_until"]) == (None, None)
    windows = [whole(order["accept_options"])["pickup_window"] for order in found if is_open(order)]
    assert windows == [[]] * len(windows) != []


@proves("order.paid_by_user")
@together
async def test_only_cash_on_delivery_is_not_paid(ours: Documents) -> None:
    for order, _ in orders(ours):
        assert order["paid_by_user"] is (order["payment_method"] != "cash_on_delivery")


@proves("order.fbs_delivery_note", "order.fbs_delivery_note_url")
@together
async def test_only_fbs_orders_have_a_delivery_note(ours: Documents) -> None:
    noted = [order for order, _ in orders(ours) if order["fbs_delivery_note"]]
    assert noted
    assert all(order["fulfilled_by_skroutz"] and order["fbs_delivery_note_url"] for order in noted)


@proves(
    *("customer.id", "customer.first_name", "customer.last_name", "customer.address"),
    *("customer.phone", "customer.mobile", "customer.skroutz_plus_user", "customer.no-email"),
)
@together
async def test_the_customer(ours: Documents) -> None:
    fields = {
        "id": text,
        "first_name": text,
        "last_name": text,
        "phone": PHONE.only_when(is_reachable),
        "mobile": MOBILE.only_when(is_reachable),
        "address": an_object,
        "skroutz_plus_user": flag.optional,
    }
    assert faults(within(ours, "customer"), fields) == {}


@proves(
    *("address.street_name", "address.street_number", "address.zip", "address.city"),
    *("address.region", "address.country_code", "address.pickup_from_collection_point"),
    *("address.collection_point_address", "address.comments", "address.floor"),
)
@together
async def test_the_address(ours: Documents) -> None:
    fields = {
        "street_name": text,
        "street_number": text,
        "zip": text,
        "city": text,
        "region": text,
        "country_code": matching(r"[A-Z]{2}|"),
        "pickup_from_collection_point": flag,
        "collection_point_address": text.exactly_when(is_collected),
        "comments": text.optional,
        "floor": text.optional,
    }
    assert faults(within(ours, "customer", "address"), fields) == {}


def is_collected(order: Object) -> bool:
    address = whole(whole(order["customer"])["address"])
    return bool(address["pickup_from_collection_point"])


@proves(
    *("invoice_details.company", "invoice_details.profession", "invoice_details.vat_number"),
    *("invoice_details.doy", "invoice_details.address", "invoice_details.vat_exclusion_requested"),
    "invoice_details.vat_exclusion_verification_method",
    "invoice_details.vat_exclusion_documents",
    "invoice_details.vat_exclusion_representative",
)
@together
async def test_the_invoice_details(ours: Documents) -> None:
    fields = {
        "company": text,
        "profession": text,
        "vat_number": text,
        "doy": text,
        "address": an_object,
        "vat_exclusion_requested": flag,
        "vat_exclusion_verification_method": one_of(vocabulary.VatVerification).only_when(
            is_without_vat
        ),
        "vat_exclusion_documents": list_of(url).only_when(is_without_vat),
        "vat_exclusion_representative": an_object.only_when(is_without_vat),
    }
    assert faults(within(ours, "invoice_details"), fields) == {}


@proves(
    *("invoice_address.street_name", "invoice_address.street_number", "invoice_address.zip"),
    *("invoice_address.city", "invoice_address.region"),
)
@together
async def test_the_address_of_the_invoice(ours: Documents) -> None:
    fields = dict.fromkeys(("street_name", "street_number", "zip", "city", "region"), text)
    assert faults(within(ours, "invoice_details", "address"), fields) == {}


@proves(
    *("representative.id_type", "representative.id_number", "representative.otp"),
    "representative.mobile",
)
@together
async def test_the_representative(ours: Documents) -> None:
    fields = {
        "id_type": one_of(vocabulary.ID_TYPES.values()),
        "id_number": matching(r".{5}"),
        "otp": text,
        "mobile": text.optional,
    }
    representatives = within(ours, "invoice_details", "vat_exclusion_representative")
    assert faults(representatives, fields) == {}


@proves(
    *("line.id", "line.shop_uid", "line.shop_variation_uid", "line.product_name", "line.quantity"),
    *("line.size", "line.unit_price", "line.total_price", "line.price_includes_vat"),
    *("line.commission", "line.commission_rate", "line.island_vat_discount_applied", "line.ean"),
    *("line.mpn", "line.extra_info", "line.rejection_reason", "line.return_reason"),
    *("line.serial_numbers", "line.tags", "line.readjusted_vat", "line.vat_ratio"),
)
@together
async def test_a_line(ours: Documents) -> None:
    fields = {
        "id": text,
        "shop_uid": text,
        "shop_variation_uid": text.optional,
        "product_name": text,
        "quantity": integer,
        "size": an_object.optional,
        "unit_price": euros,
        "total_price": euros,
        "price_includes_vat": flag,
        "commission": euros,
        "commission_rate": number,
        "island_vat_discount_applied": flag,
        "ean": text.optional,
        "mpn": text.optional,
        "extra_info": text.optional,
        "rejection_reason": one_of(vocabulary.LineRejection).only_when(
            lambda o: o["state"] == "rejected"
        ),
        "return_reason": one_of(vocabulary.ReturnReason).only_when(came_back),
        "serial_numbers": text.or_null,
        "tags": list_of(one_of(vocabulary.Tag)).optional,
        "readjusted_vat": either(flag, number).optional,
        "vat_ratio": number.optional,
    }
    assert faults(within(ours, "line_items"), fields) == {}


@proves(
    *("size.label", "size.value", "size.shop_value", "size.shop_variation_uid", "size.ean"),
    "size.mpn",
)
@together
async def test_a_size(ours: Documents) -> None:
    fields = {
        "label": one_of(vocabulary.SizeLabel),
        "value": text,
        "shop_value": text,
        "shop_variation_uid": text,
        "ean": text.optional,
        "mpn": text.optional,
    }
    assert faults(within(ours, "line_items", "size"), fields) == {}


@proves(
    *("fees.handling_fee", "fees.skroutz_coins_fee", "fees.installments_fee", "fees.fbs_fee"),
    "fees.plus_user_fee",
)
@together
async def test_fees(ours: Documents) -> None:
    names = ("handling_fee", "skroutz_coins_fee", "installments_fee", "fbs_fee", "plus_user_fee")
    assert faults(within(ours, "fees"), dict.fromkeys(names, fee.optional)) == {}


@proves("pickup_window.from", "pickup_window.to")
@together
async def test_the_pickup_window(ours: Documents) -> None:
    assert faults(within(ours, "pickup_window"), {"from": time, "to": time}) == {}


@proves("rejection_info.reason", "rejection_info.actor")
@together
async def test_the_rejection_info(ours: Documents) -> None:
    fields = {"reason": text, "actor": one_of(vocabulary.Actor)}
    assert faults(within(ours, "rejection_info"), fields) == {}


@proves(*("replacements.code", "replacements.type", "returns.return_uuid", "returns.tracking_ids"))
@together
async def test_replacements_and_returns(ours: Documents) -> None:
    replacement = {"code": text, "type": one_of(vocabulary.ReplacementType).optional}
    assert faults(within(ours, "replacements"), replacement) == {}
    assert faults(within(ours, "returns"), {"return_uuid": text, "tracking_ids": texts}) == {}


@proves(
    *("accept_options.number_of_parcels", "accept_options.pickup_location"),
    *("accept_options.pickup_window", "accept_options.window-label"),
)
@together
async def test_accept_options(ours: Documents) -> None:
    fields = {
        "number_of_parcels": list_of(integer),
        "pickup_location": objects,
        "pickup_window": objects,
    }
    assert faults(within(ours, "accept_options"), fields) == {}
    locations = within(ours, "accept_options", "pickup_location")
    assert faults(locations, {"id": text, "label": text}) == {}
    windows = within(ours, "accept_options", "pickup_window")
    assert faults(windows, {"id": integer, "label": LABEL}) == {}


@proves("reject_options.line_item_rejection_reasons", "reason.offered")
@together
async def test_reject_options(ours: Documents) -> None:
    for _, options in within(ours, "reject_options"):
        assert list(options) == ["line_item_rejection_reasons"]
    reasons = list(within(ours, "reject_options", "line_item_rejection_reasons"))
    fields = {"id": integer, "label": text, "requires_available_quantity": flag}
    assert faults(reasons, fields) == {}
    assert {reason["id"] for _, reason in reasons} == {1, 2, 4, 5}
