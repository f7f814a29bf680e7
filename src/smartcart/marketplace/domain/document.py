"""The order as the contract writes it (§4): what `GET /:code` answers and every event carries."""

from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from smartcart import contract
from smartcart.contract import (
    REJECTION_REASONS,
    InvoiceDocument,
    PickupInterval,
    athens,
    format_pickup_label,
    to_euros,
)
from smartcart.contract.vocabulary import OFFERED_REASONS, Actor
from smartcart.marketplace.domain.order import LineItem, Order, PickupLocation, PickupWindow


def document(order: Order, now: datetime) -> contract.Order:
    """The order as of `now`: its options are there only while it may be answered."""
    acceptance, voucher = order.acceptance, order.voucher
    actable = order.is_actable(now)
    return contract.Order(
        code=order.code,
        state=order.state,
        # Telephone numbers only where the merchant ships itself or invoices (contract §4).
        customer=replace(order.customer, phone=None, mobile=None),
        invoice_document=InvoiceDocument.RECEIPT,
        comments=order.comments,
        courier=order.courier,
        courier_voucher=voucher.url if voucher else None,
        courier_tracking_codes=voucher.tracking_codes if voucher else (),
        line_items=tuple(_line(line) for line in order.lines),
        created_at=athens(order.created_at),
        expires_at=athens(order.expires_at),
        dispatch_until=athens(order.dispatch_until),
        commission=to_euros(sum(line.commission_cents for line in order.lines)),
        paid_by_user=order.paid_by_user,
        payment_method=order.payment_method,
        pickup_window=_interval(acceptance.window) if acceptance and acceptance.window else None,
        pickup_address=_label(acceptance.location) if acceptance else None,
        number_of_parcels=acceptance.parcels if acceptance else None,
        set_as_ready_required=order.set_as_ready_required,
        rejection_info=_rejection_info(order),
        accept_options=_accept_options(order, now) if actable else None,
        reject_options=_reject_options() if actable else None,
    )


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
        ean=line.ean,
        mpn=line.mpn,
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
    return contract.RejectionInfo(reason=order.rejected_because, actor=Actor.MERCHANT)


def _interval(window: PickupWindow) -> contract.PickupWindow:
    return contract.PickupWindow(start=athens(window.start), end=athens(window.end))


def _label(location: PickupLocation) -> str:
    """One line for people, as published: `Πανεπιστημίου 2, Τ.Κ. 12345, Αθήνα, Αττική`."""
    address = location.address
    street = f"{address.street_name} {address.street_number}".strip()
    parts = (street, f"Τ.Κ. {address.zip}", address.city, address.region)
    return ", ".join(part for part in parts if part)
