"""The order as the contract writes it (§4): what `GET /:code` answers and every event carries."""

from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from smartcart import contract
from smartcart.contract import (
    REJECTION_REASONS,
    Customer,
    PickupInterval,
    athens,
    format_pickup_label,
    to_euros,
)
from smartcart.contract.vocabulary import OFFERED_REASONS, CustomToken, ReplacementType
from smartcart.marketplace.domain.order import (
    Fees,
    Fulfilment,
    LineItem,
    Order,
    PickupLocation,
    PickupWindow,
)

_BY_REPLACEMENT = {
    ReplacementType.FROM_SERVICE: CustomToken.RETURN_FROM_SERVICE,
    ReplacementType.AS_IS_RETURN: CustomToken.RETURN_AS_IS,
}


def document(order: Order, now: datetime) -> contract.Order:
    """The order as of `now`: its options are there only while it may be answered."""
    acceptance, voucher, note = order.acceptance, order.voucher, order.delivery_note
    actable = order.is_actable(now)
    return contract.Order(
        code=order.code,
        state=order.state,
        customer=_customer(order),
        invoice=order.invoice_details is not None,
        uploaded_invoice_file=order.invoice_file,
        invoice_document=order.invoice_document,
        invoice_details=order.invoice_details,
        comments=order.comments,
        courier=order.courier,
        courier_voucher=voucher.url if voucher else None,
        courier_tracking_codes=voucher.tracking_codes if voucher else order.tracking_codes,
        line_items=tuple(_line(line) for line in order.lines),
        created_at=athens(order.created_at),
        expires_at=athens(order.expires_at),
        dispatch_until=athens(order.dispatch_until) if order.dispatch_until else None,
        express=order.express,
        gift_wrap=order.gift_wrap,
        fulfilled_by_skroutz=order.fulfilment is Fulfilment.FBS,
        store_pickup=order.fulfilment is Fulfilment.STORE_PICKUP,
        commission=to_euros(sum(line.commission_cents for line in order.lines)),
        fees=_fees(order.fees),
        fbs_delivery_note=note.number if note else None,
        fbs_delivery_note_url=note.url if note else None,
        paid_by_user=order.paid_by_user,
        payment_method=order.payment_method,
        shipping_cost=_shipping_cost(order),
        pickup_window=_interval(acceptance.window) if acceptance and acceptance.window else None,
        pickup_address=_label(acceptance.location) if acceptance else None,
        number_of_parcels=acceptance.parcels if acceptance else None,
        set_as_ready_required=order.set_as_ready_required,
        is_ready_for_dispatch=order.is_ready,
        rejection_info=_rejection_info(order),
        replacements=order.replacements,
        replaced=order.replaced,
        returns=order.returns,
        custom=_custom(order),
        accept_options=_accept_options(order, now) if actable else None,
        reject_options=_reject_options() if actable else None,
    )


def _customer(order: Order) -> Customer:
    """Telephone numbers only where the merchant ships itself or invoices (contract §4)."""
    if order.fulfilment is Fulfilment.FBM or order.invoice_details is not None:
        return order.customer
    return replace(order.customer, phone=None, mobile=None)


def _fees(fees: Fees) -> contract.Fees:
    return contract.Fees(
        handling_fee=_positive(fees.handling),
        skroutz_coins_fee=_positive(fees.skroutz_coins),
        installments_fee=_positive(fees.installments),
        fbs_fee=_positive(fees.fbs),
        plus_user_fee=_positive(fees.plus_user),
    )


def _positive(cents: int | None) -> Decimal | None:
    return to_euros(cents) if cents else None


def _shipping_cost(order: Order) -> Decimal | None:
    """Only where the merchant ships itself; it may be free (contract §4)."""
    return None if order.shipping_cost_cents is None else to_euros(order.shipping_cost_cents)


def _custom(order: Order) -> str | None:
    tokens = (
        CustomToken.GIFT_WRAP if order.gift_wrap else None,
        _BY_REPLACEMENT[order.replacement_type] if order.replacement_type else None,
    )
    return " ".join(filter(None, tokens)) or None


def _line(line: LineItem) -> contract.LineItem:
    rejection = line.rejection
    return contract.LineItem(
        id=line.id,
        shop_uid=line.shop_uid,
        shop_variation_uid=line.shop_variation_uid,
        product_name=line.product_name,
        quantity=line.quantity,
        size=line.size,
        unit_price=to_euros(line.unit_price_cents),
        total_price=to_euros(line.total_cents),
        commission=to_euros(line.commission_cents),
        commission_rate=Decimal(line.commission_basis_points).scaleb(-2),
        price_includes_vat=line.price_includes_vat,
        island_vat_discount_applied=line.island_vat_discount_applied,
        ean=line.ean,
        mpn=line.mpn,
        extra_info=line.extra_info,
        return_reason=line.return_reason,
        serial_numbers=line.serial_numbers,
        tags=line.tags,
        readjusted_vat=line.readjusted_vat,
        vat_ratio=line.vat_ratio,
        rejection_reason=REJECTION_REASONS[rejection.reason_id].line_value if rejection else None,
    )


def _accept_options(order: Order, now: datetime) -> contract.AcceptOptions:
    return contract.AcceptOptions(
        number_of_parcels=order.parcels,
        pickup_location=tuple(
            contract.PickupLocation(id=location.id, label=_label(location))
            for location in order.locations
        ),
        pickup_window=tuple(
            contract.PickupWindowOption(
                id=window.id, label=format_pickup_label(PickupInterval(window.start, window.end))
            )
            for window in order.open_windows(now)
        ),
    )


def _reject_options() -> contract.RejectOptions:
    return contract.RejectOptions(
        line_item_rejection_reasons=tuple(
            contract.RejectionReasonOption(
                id=reason.id,
                label=reason.label,
                requires_available_quantity=reason.requires_available_quantity,
            )
            for reason in (REJECTION_REASONS[number] for number in OFFERED_REASONS)
        )
    )


def _rejection_info(order: Order) -> contract.RejectionInfo | None:
    if order.rejected_because is None:
        return None
    return contract.RejectionInfo(reason=order.rejected_because, actor=order.rejected_by)


def _interval(window: PickupWindow) -> contract.PickupWindow:
    return contract.PickupWindow(start=athens(window.start), end=athens(window.end))


def _label(location: PickupLocation) -> str:
    """One line for people, as published: `Πανεπιστημίου 2, Τ.Κ. 12345, Αθήνα, Αττική`."""
    address = location.address
    street = f"{address.street_name} {address.street_number}".strip()
    parts = (street, f"Τ.Κ. {address.zip}", address.city, address.region)
    return ", ".join(part for part in parts if part)
