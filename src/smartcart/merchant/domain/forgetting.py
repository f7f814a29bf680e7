"""What is left of an order when its customer is forgotten: the figures, and what was decided.

What stays is listed, not what goes, for documents gain fields that nobody here knows of. A policy
decides what stays as it decided the whole, but for zip codes: of these the area is left.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from smartcart.contract import (
    Address,
    Customer,
    InvoiceDetails,
    LineItem,
    Order,
    RejectionInfo,
    Return,
)
from smartcart.contract.vocabulary import CustomToken
from smartcart.merchant.domain.order import ShopOrder

_THERE = "…"
"""Where the customer had left a comment."""
_ONE_OF_AN_AREA = 2
"""So many digits at the end of a zip code tell the neighbourhood."""


def without_customer(order: Order) -> Order:
    """The order with nothing that tells who ordered, where it went, or how to follow it there."""
    return Order(
        code=order.code,
        state=order.state,
        customer=_somebody(order.customer),
        invoice=order.invoice,
        invoice_document=order.invoice_document,
        invoice_details=_details(order.invoice_details),
        comments=_comment(order.comments),
        courier=order.courier,
        line_items=tuple(map(_line, order.line_items)),
        created_at=order.created_at,
        expires_at=order.expires_at,
        dispatch_until=order.dispatch_until,
        express=order.express,
        gift_wrap=order.gift_wrap,
        fulfilled_by_skroutz=order.fulfilled_by_skroutz,
        store_pickup=order.store_pickup,
        commission=order.commission,
        fees=order.fees,
        paid_by_user=order.paid_by_user,
        payment_method=order.payment_method,
        shipping_cost=order.shipping_cost,
        pickup_window=order.pickup_window,
        number_of_parcels=order.number_of_parcels,
        set_as_ready_required=order.set_as_ready_required,
        is_ready_for_dispatch=order.is_ready_for_dispatch,
        rejection_info=_rejection(order.rejection_info),
        replacements=order.replacements,
        replaced=order.replaced,
        returns=_returns(order.returns),
        custom=_tokens(order.custom),
        accept_options=order.accept_options,
        reject_options=order.reject_options,
    )


def without_voucher(order: ShopOrder) -> ShopOrder:
    """What is known of the order, without the places that its vouchers can be read at.

    How many there were stays: the next one is counted on from there.
    """
    return replace(order, voucher="", vouchers=("",) * len(order.vouchers))


def area(zip_code: str) -> str:
    """The zip code of the area: `10671` becomes `10600`. Empty for what is none of digits."""
    digits = "".join(zip_code.split())
    if not (digits.isascii() and digits.isdigit()) or len(digits) <= _ONE_OF_AN_AREA:
        return ""
    return digits[:-_ONE_OF_AN_AREA] + "0" * _ONE_OF_AN_AREA


def _somebody(customer: Customer) -> Customer:
    address = customer.address
    return Customer(
        address=Address(
            zip=area(address.zip),
            country_code=address.country_code,
            pickup_from_collection_point=address.pickup_from_collection_point,
            comments=_comment(address.comments or "") or None,
        )
    )


def _comment(text: str) -> str:
    return _THERE if text.strip() else ""


def _details(details: InvoiceDetails | None) -> InvoiceDetails | None:
    if details is None:
        return None
    return InvoiceDetails(vat_exclusion_requested=details.vat_exclusion_requested)


def _line(line: LineItem) -> LineItem:
    """Extra information may be a prescription; a serial number tells whose the thing is."""
    return replace(line, extra_info=None, serial_numbers=None)


def _rejection(info: RejectionInfo | None) -> RejectionInfo | None:
    return None if info is None else RejectionInfo(actor=info.actor)


def _returns(returns: Iterable[Return] | None) -> tuple[Return, ...] | None:
    if returns is None:
        return None
    return tuple(Return(return_uuid=one.return_uuid) for one in returns)


def _tokens(custom: str | None) -> str | None:
    found = [token for token in CustomToken if token in (custom or "")]
    return " ".join(found) or None
