"""A kept order as the document of contract §4."""

from datetime import datetime

from bench.peer.documents import (
    AcceptOptions,
    Fees,
    LineItem,
    OrderDocument,
    PickupLocationOption,
    PickupWindow,
    PickupWindowOption,
    RejectionInfo,
    RejectionReasonOption,
    RejectOptions,
)
from bench.peer.stored import Line, Location, Order, StoredFees
from smartcart.contract import REJECTION_REASONS, PickupInterval, athens, format_pickup_label
from smartcart.contract.vocabulary import OFFERED_REASONS

_CUSTOM = {"from_service": "[RETURN-FROM-SERVICE]", "as_is_return": "[RETURN-AS-IS]"}

_REJECT_OPTIONS = RejectOptions(
    line_item_rejection_reasons=[
        RejectionReasonOption(
            id=reason.id,
            label=reason.label,
            requires_available_quantity=reason.requires_available_quantity,
        )
        for reason in (REJECTION_REASONS[number] for number in OFFERED_REASONS)
    ]
)


def document(order: Order, now: datetime) -> OrderDocument:
    acceptance, voucher, note = order.acceptance, order.voucher, order.delivery_note
    window = acceptance.window if acceptance else None
    actable = order.is_actable(now)
    return OrderDocument(
        code=order.code,
        state=order.state,
        customer=order.customer.model_copy(update={"phone": None, "mobile": None})
        if order.fulfilment != "fbm" and order.invoice_details is None
        else order.customer,
        invoice=order.invoice_details is not None,
        uploaded_invoice_file=order.invoice_file,
        invoice_document=order.invoice_document,
        invoice_details=order.invoice_details,
        comments=order.comments,
        courier=order.courier,
        courier_voucher=voucher.url if voucher else None,
        courier_tracking_codes=voucher.tracking_codes if voucher else order.tracking_codes,
        line_items=[_line(line) for line in order.lines],
        created_at=athens(order.created_at),
        expires_at=athens(order.expires_at),
        dispatch_until=athens(order.dispatch_until) if order.dispatch_until else None,
        express=order.express,
        gift_wrap=order.gift_wrap,
        fulfilled_by_skroutz=order.fulfilment == "fbs",
        store_pickup=order.fulfilment == "store_pickup",
        commission=sum(line.commission_cents for line in order.lines) / 100,
        fees=_fees(order.fees),
        fbs_delivery_note=note.number if note else None,
        fbs_delivery_note_url=note.url if note else None,
        paid_by_user=order.payment_method != "cash_on_delivery",
        payment_method=order.payment_method,
        shipping_cost=_euros(order.shipping_cost_cents),
        pickup_window=PickupWindow(start=athens(window.start), end=athens(window.end))
        if window
        else None,
        pickup_address=_label(acceptance.location) if acceptance else None,
        number_of_parcels=acceptance.parcels if acceptance else None,
        set_as_ready_required=order.set_as_ready_required,
        is_ready_for_dispatch=order.is_ready,
        rejection_info=RejectionInfo(reason=order.rejected_because, actor=order.rejected_by)
        if order.rejected_because is not None
        else None,
        replacements=order.replacements,
        replaced=order.replaced,
        returns=order.returns,
        custom=_custom(order),
        accept_options=_accept_options(order, now) if actable else None,
        reject_options=_REJECT_OPTIONS if actable else None,
    )


def _line(line: Line) -> LineItem:
    return LineItem(
        id=line.id,
        shop_uid=line.shop_uid,
        shop_variation_uid=line.shop_variation_uid,
        product_name=line.product_name,
        quantity=line.quantity,
        size=line.size,
        unit_price=line.unit_price_cents / 100,
        total_price=line.total_cents / 100,
        price_includes_vat=line.price_includes_vat,
        commission=line.commission_cents / 100,
        commission_rate=line.commission_basis_points / 100,
        island_vat_discount_applied=line.island_vat_discount_applied,
        ean=line.ean,
        mpn=line.mpn,
        extra_info=line.extra_info,
        rejection_reason=REJECTION_REASONS[line.rejection.reason_id].line_value
        if line.rejection
        else None,
        return_reason=line.return_reason,
        serial_numbers=line.serial_numbers,
        tags=line.tags,
        readjusted_vat=line.readjusted_vat,
        vat_ratio=line.vat_ratio,
    )


def _fees(fees: StoredFees) -> Fees:
    return Fees(
        handling_fee=_euros(fees.handling or None),
        skroutz_coins_fee=_euros(fees.skroutz_coins or None),
        installments_fee=_euros(fees.installments or None),
        fbs_fee=_euros(fees.fbs or None),
        plus_user_fee=_euros(fees.plus_user or None),
    )


def _euros(cents: int | None) -> float | None:
    return None if cents is None else cents / 100


def _custom(order: Order) -> str | None:
    tokens = ["[GIFT-WRAP]"] if order.gift_wrap else []
    if order.replacement_type:
        tokens.append(_CUSTOM[order.replacement_type])
    return " ".join(tokens) or None


def _accept_options(order: Order, now: datetime) -> AcceptOptions:
    return AcceptOptions(
        number_of_parcels=order.parcels,
        pickup_location=[
            PickupLocationOption(id=location.id, label=_label(location))
            for location in order.locations
        ],
        pickup_window=[
            PickupWindowOption(
                id=window.id, label=format_pickup_label(PickupInterval(window.start, window.end))
            )
            for window in order.open_windows(now)
        ],
    )


def _label(location: Location) -> str:
    address = location.address
    street = f"{address.street_name} {address.street_number}".strip()
    parts = (street, f"Τ.Κ. {address.zip}", address.city, address.region)
    return ", ".join(part for part in parts if part)
