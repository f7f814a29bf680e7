"""A new order written out as the contract writes one (§4): any kind of order, without a catalogue.

What the marketplace itself decides is decided anew: code, ids of lines, times, options, pickup,
voucher, money that follows from other money. What it cannot know is taken from the document. What
contradicts itself is refused: nobody could tell which half of it was meant.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from msgspec.structs import replace

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
from smartcart.marketplace.domain.operations import first_choice
from smartcart.marketplace.domain.order import DeliveryNote, Fees, Fulfilment, LineItem, Order
from smartcart.marketplace.domain.placement import (
    MOST_LINES,
    MOST_OF_A_LINE,
    PARCELS_OFFERED,
    Terms,
)
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from smartcart.marketplace.domain.voucher import MOST_PARCELS
from smartcart.marketplace.domain.wording import check_recipient, check_texts

E = TypeVar("E", bound=StrEnum)

MOST_CENTS = 100_000_000
"""An amount of more than a million euros is a slip of the pen."""

_HANDED_OVER = (Fulfilment.CORE, Fulfilment.FBM)
_CHOSEN_FOR = (Fulfilment.CORE, Fulfilment.STORE_PICKUP)
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
    check_texts(given, RefusalCode.ORDER)
    _check_lines(given)
    fulfilment = _fulfilment(given)
    if fulfilment in _HANDED_OVER:
        check_recipient(given.customer, RefusalCode.ORDER)
    courier = _courier(given, fulfilment, terms)
    expires_at = now + terms.answer_within
    order = Order(
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
        windows=pickup.windows(now, expires_at) if fulfilment is Fulfilment.CORE else (),
        parcels=_parcels(given, fulfilment),
        set_as_ready_required=merchant.set_as_ready_required,
        fulfilment=fulfilment,
        express=_express(given, fulfilment),
        gift_wrap=given.gift_wrap or CustomToken.GIFT_WRAP in _tokens(given),
        last_mile=courier == terms.courier,
        invoice_document=_invoice_document(given),
        invoice_details=given.invoice_details,
        fees=_fees(given.fees),
        shipping_cost_cents=_shipping_cost(given),
        tracking_codes=() if fulfilment in _CHOSEN_FOR else given.courier_tracking_codes,
        delivery_note=_delivery_note(given, fulfilment),
        replaced=given.replaced,
        replacement_type=_replacement_type(given),
        replacements=given.replacements,
        returns=given.returns,
    )
    if order.state is OrderState.ACCEPTED and fulfilment in _CHOSEN_FOR:
        return replace(order, acceptance=first_choice(order, now))
    return order


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
        if line.vat_ratio is not None and not 0 <= line.vat_ratio <= 100:
            raise _refused(f"line_items[{n}].vat_ratio", "must be 0 to 100")


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
            else _basis_points(line.commission_rate, f"{field}.commission_rate")
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
    details, wanted = given.invoice_details, _usual_document(given)
    if given.invoice and details is None:
        raise _refused("invoice_details", "an order with invoice needs them")
    if not given.invoice and details is not None:
        raise _refused("invoice", "there are invoice_details: say true, or leave them out")
    if given.invoice_document is not None:
        wanted = _one_of(InvoiceDocument, given.invoice_document, "invoice_document")
    if given.invoice is (wanted is InvoiceDocument.RECEIPT):
        raise _refused("invoice_document", f"{wanted} does not go with invoice: {given.invoice}")
    return wanted


def _usual_document(given: contract.Order) -> InvoiceDocument:
    if given.invoice_details is None:
        return InvoiceDocument.RECEIPT
    if given.invoice_details.vat_exclusion_requested:
        return InvoiceDocument.INVOICE_39A
    return InvoiceDocument.INVOICE


def _payment(given: contract.Order) -> PaymentMethod:
    """Only what is paid at the door is not paid by the customer beforehand (§4)."""
    paid = given.paid_by_user is not False
    if given.payment_method is None:
        return PaymentMethod.CARD if paid else PaymentMethod.CASH_ON_DELIVERY
    method = _one_of(PaymentMethod, given.payment_method, "payment_method")
    if given.paid_by_user is not None and paid is (method is PaymentMethod.CASH_ON_DELIVERY):
        raise _refused("paid_by_user", f"{given.paid_by_user} does not go with {method}")
    return method


def _courier(given: contract.Order, fulfilment: Fulfilment, terms: Terms) -> str | None:
    """The customer's store needs none, and a merchant that ships itself names its own."""
    if fulfilment is Fulfilment.STORE_PICKUP:
        return None
    return given.courier if fulfilment is Fulfilment.FBM else given.courier or terms.courier


def _express(given: contract.Order, fulfilment: Fulfilment) -> bool:
    if given.express and fulfilment is not Fulfilment.CORE:
        raise _refused("express", f"is for what our courier collects, not for {fulfilment}")
    return given.express


def _delivery_note(given: contract.Order, fulfilment: Fulfilment) -> DeliveryNote | None:
    if fulfilment is not Fulfilment.FBS or not given.fbs_delivery_note:
        return None
    return DeliveryNote(given.fbs_delivery_note, given.fbs_delivery_note_url or "")


def _parcels(given: contract.Order, fulfilment: Fulfilment) -> tuple[int, ...]:
    offered = given.accept_options.number_of_parcels if given.accept_options else ()
    if not all(1 <= number <= MOST_PARCELS for number in offered):
        raise _refused("accept_options.number_of_parcels", f"each must be 1 to {MOST_PARCELS}")
    if offered:
        return tuple(dict.fromkeys(offered))
    return (1,) if fulfilment is Fulfilment.STORE_PICKUP else PARCELS_OFFERED


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


def _replacement_type(given: contract.Order) -> ReplacementType | None:
    tokens = _tokens(given)
    return next((kind for token, kind in _REPLACEMENTS.items() if token in tokens), None)


def _tokens(given: contract.Order) -> list[CustomToken]:
    return [_one_of(CustomToken, token, "custom") for token in (given.custom or "").split()]


def _cents(amount: Decimal | None, field: str) -> int:
    try:
        cents = 0 if amount is None else to_cents(amount, field)
    except ContractError as error:
        raise Refused(RefusalCode.ORDER, str(error)) from None
    if not 0 <= cents <= MOST_CENTS:
        raise _refused(field, f"must be 0 to {MOST_CENTS // 100} euros")
    return cents


def _basis_points(per_cent: Decimal, field: str) -> int:
    points = per_cent.scaleb(2)
    if not 0 <= per_cent <= 100 or points != points.to_integral_value():
        raise _refused(field, "must be 0 to 100 per cent, of at most two places")
    return int(points)


def _one_of(kind: type[E], value: str, field: str) -> E:
    try:
        return kind(value)
    except ValueError:
        raise _refused(field, f"'{value}' is not one of: {', '.join(kind)}") from None


def _refused(field: str, message: str) -> Refused:
    return Refused(RefusalCode.ORDER, f"{field}: {message}")
