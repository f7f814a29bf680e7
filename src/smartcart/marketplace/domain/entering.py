"""A new order written out as the contract writes one (§4): any kind of order, without a catalogue.

What the marketplace itself decides is decided anew: code, ids of lines, times, options, money that
follows from other money. What it cannot know is taken from the document.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from smartcart import contract
from smartcart.contract import (
    ContractError,
    InvoiceDocument,
    OrderState,
    PaymentMethod,
    to_cents,
)
from smartcart.contract.vocabulary import CustomToken, ReplacementType
from smartcart.marketplace.domain import lifecycle, pickup
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import Fees, Fulfilment, LineItem, Order
from smartcart.marketplace.domain.placement import (
    MOST_LINES,
    MOST_OF_A_LINE,
    PARCELS_OFFERED,
    Terms,
)
from smartcart.marketplace.domain.refusal import RefusalCode, Refused

E = TypeVar("E", bound=StrEnum)

_REPLACEMENTS = {
    CustomToken.RETURN_FROM_SERVICE: ReplacementType.FROM_SERVICE,
    CustomToken.RETURN_AS_IS: ReplacementType.AS_IS_RETURN,
}


def entered(
    given: contract.Order,
    code: str,
    merchant: Merchant,
    line_ids: tuple[str, ...],
    terms: Terms,
    now: datetime,
) -> Order:
    """The order as it is first told; `line_ids` are minted, one for each line or more.

    Raises `Refused`, naming the field, for a document no order can be made of.
    """
    _check_lines(given)
    fulfilment = _fulfilment(given)
    courier = None if fulfilment is Fulfilment.STORE_PICKUP else given.courier or terms.courier
    expires_at = now + terms.answer_within
    collected = fulfilment is Fulfilment.CORE
    return Order(
        code=code,
        merchant_id=merchant.id,
        state=lifecycle.TABLE[None, placing_verb(given)],
        version=1,
        events=0,
        told_at=now - timedelta(seconds=1),
        customer=given.customer,
        lines=tuple(
            _line(line, n, line_ids[n], merchant) for n, line in enumerate(given.line_items)
        ),
        created_at=now,
        expires_at=expires_at,
        dispatch_until=(
            None if fulfilment is Fulfilment.STORE_PICKUP else terms.dispatch_until(now)
        ),
        comments=given.comments,
        payment_method=_payment(given),
        courier=courier,
        locations=merchant.locations,
        windows=pickup.windows(now, expires_at) if collected else (),
        parcels=_parcels(given),
        set_as_ready_required=merchant.set_as_ready_required,
        fulfilment=fulfilment,
        express=given.express,
        gift_wrap=given.gift_wrap,
        last_mile=courier == terms.courier,
        invoice_document=_invoice_document(given),
        invoice_details=given.invoice_details if given.invoice else None,
        fees=_fees(given.fees),
        shipping_cost_cents=_shipping_cost(given),
        replaced=given.replaced,
        replacement_type=_replacement_type(given.custom),
        replacements=given.replacements,
        returns=given.returns,
    )


def placing_verb(given: contract.Order) -> Verb:
    """Whether it begins open or accepted: no other state is one an order begins in (§5)."""
    state = _one_of(OrderState, given.state, "state")
    if state is OrderState.OPEN:
        return Verb.PLACE
    if state is OrderState.ACCEPTED:
        return Verb.PLACE_ACCEPTED
    raise _refused("state", f"an order begins open or accepted, not {state}; change it afterwards")


def _fulfilment(given: contract.Order) -> Fulfilment:
    """A shipping cost is what tells an order that the merchant ships itself (§4)."""
    marks = {
        Fulfilment.FBS: given.fulfilled_by_skroutz,
        Fulfilment.STORE_PICKUP: given.store_pickup,
        Fulfilment.FBM: given.shipping_cost is not None,
    }
    chosen = [kind for kind, marked in marks.items() if marked]
    if len(chosen) > 1:
        raise _refused(
            "fulfilled_by_skroutz", "only one of it, store_pickup and shipping_cost may be given"
        )
    return chosen[0] if chosen else Fulfilment.CORE


def _check_lines(given: contract.Order) -> None:
    if not 1 <= len(given.line_items) <= MOST_LINES:
        raise _refused("line_items", f"give 1 to {MOST_LINES} lines")
    for n, line in enumerate(given.line_items):
        if not 1 <= line.quantity <= MOST_OF_A_LINE:
            raise _refused(f"line_items[{n}].quantity", f"must be 1 to {MOST_OF_A_LINE}")
        if not line.shop_uid:
            raise _refused(f"line_items[{n}].shop_uid", "give the product's id in the shop's feed")
        if line.unit_price is None:
            raise _refused(f"line_items[{n}].unit_price", "give euros a piece")


def _lines(
    given: contract.Order, line_ids: tuple[str, ...], merchant: Merchant
) -> tuple[LineItem, ...]:
    return tuple(_line(line, n, line_ids[n], merchant) for n, line in enumerate(given.line_items))


def _line(line: contract.LineItem, n: int, line_id: str, merchant: Merchant) -> LineItem:
    field = f"line_items[{n}]"
    return LineItem(
        id=line_id,
        shop_uid=line.shop_uid,
        shop_variation_uid=line.shop_variation_uid,
        product_name=line.product_name or line.shop_uid,
        quantity=line.quantity,
        unit_price_cents=_cents(line.unit_price, f"{field}.unit_price"),
        commission_basis_points=(
            merchant.commission_basis_points
            if line.commission_rate is None
            else _cents(line.commission_rate, f"{field}.commission_rate")
        ),
        size=line.size,
        ean=line.ean,
        mpn=line.mpn,
        price_includes_vat=line.price_includes_vat,
        island_vat_discount_applied=line.island_vat_discount_applied,
        readjusted_vat=line.readjusted_vat,
        vat_ratio=line.vat_ratio,
        extra_info=line.extra_info,
        serial_numbers=line.serial_numbers,
        tags=line.tags,
    )


def _invoice_document(given: contract.Order) -> InvoiceDocument:
    """As the document says, or by what it asks for; a receipt has no details (§4)."""
    details = given.invoice_details
    if not given.invoice:
        return InvoiceDocument.RECEIPT
    if details is None:
        raise _refused("invoice_details", "an order with invoice needs them")
    if given.invoice_document is not None:
        return _one_of(InvoiceDocument, given.invoice_document, "invoice_document")
    return (
        InvoiceDocument.INVOICE_39A if details.vat_exclusion_requested else InvoiceDocument.INVOICE
    )


def _payment(given: contract.Order) -> PaymentMethod:
    if given.payment_method is not None:
        return _one_of(PaymentMethod, given.payment_method, "payment_method")
    return PaymentMethod.CASH_ON_DELIVERY if given.paid_by_user is False else PaymentMethod.CARD


def _parcels(given: contract.Order) -> tuple[int, ...]:
    return (given.accept_options and given.accept_options.number_of_parcels) or PARCELS_OFFERED


def _fees(given: contract.Fees) -> Fees:
    return Fees(
        handling=_cents(given.handling_fee, "fees.handling_fee"),
        skroutz_coins=_cents(given.skroutz_coins_fee, "fees.skroutz_coins_fee"),
        installments=_cents(given.installments_fee, "fees.installments_fee"),
        fbs=_cents(given.fbs_fee, "fees.fbs_fee"),
        plus_user=_cents(given.plus_user_fee, "fees.plus_user_fee"),
    )


def _shipping_cost(given: contract.Order) -> int | None:
    return None if given.shipping_cost is None else _cents(given.shipping_cost, "shipping_cost")


def _replacement_type(custom: str | None) -> ReplacementType | None:
    return next((kind for token, kind in _REPLACEMENTS.items() if token in (custom or "")), None)


def _cents(amount: Decimal | None, field: str) -> int:
    try:
        cents = 0 if amount is None else to_cents(amount, field)
    except ContractError as error:
        raise Refused(RefusalCode.ORDER, str(error)) from None
    if cents < 0:
        raise _refused(field, "must not be negative")
    return cents


def _one_of(kind: type[E], value: str, field: str) -> E:
    try:
        return kind(value)
    except ValueError:
        raise _refused(field, f"'{value}' is not one of: {', '.join(kind)}") from None


def _refused(field: str, message: str) -> Refused:
    return Refused(RefusalCode.ORDER, f"{field}: {message}")
