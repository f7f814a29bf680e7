"""A customer's cart becomes orders: one for each merchant in it."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from msgspec import Struct

from smartcart.contract import ATHENS, Customer, OrderState, PaymentMethod
from smartcart.marketplace.domain import pickup
from smartcart.marketplace.domain.catalogue import Offer
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import LineItem, Order
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from smartcart.marketplace.domain.wording import check_recipient, check_texts

PARCELS_OFFERED = (1, 2, 3)
MOST_LINES = 100
MOST_OF_A_LINE = 1_000


class CartLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    merchant_id: str
    shop_uid: str
    shop_variation_uid: str = ""
    quantity: int = 1

    @property
    def sku(self) -> tuple[str, str, str]:
        return self.merchant_id, self.shop_uid, self.shop_variation_uid


class Cart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a customer checks out with."""

    lines: tuple[CartLine, ...]
    customer: Customer
    payment_method: PaymentMethod = PaymentMethod.CARD
    comments: str = ""


class Terms(Struct, frozen=True, kw_only=True):
    """The operator's rules for a new order: spans are not published (contract §7)."""

    answer_within: timedelta = timedelta(hours=24)
    dispatch_working_days: int = 2
    dispatch_by: time = time(18)
    courier: str = "Skroutz Last Mile"
    express_after: timedelta = timedelta(seconds=5)

    def dispatch_until(self, now: datetime) -> datetime:
        day = pickup.working_days_after(now, self.dispatch_working_days)
        return datetime.combine(day, self.dispatch_by, tzinfo=ATHENS)


Offers = Mapping[tuple[str, str, str], Offer]


def check(cart: Cart, offers: Offers) -> None:
    """Raise `Refused` naming the line that cannot be ordered, or what else is amiss, and why."""
    if not 1 <= len(cart.lines) <= MOST_LINES:
        raise _refused(f"lines: a cart holds 1 to {MOST_LINES} lines")
    skus = [line.sku for line in cart.lines]
    for n, line in enumerate(cart.lines):
        if line.sku in skus[:n]:
            raise _refused(f"lines[{n}]: {_name(line)} is in the cart already; add to its quantity")
        if not 1 <= line.quantity <= MOST_OF_A_LINE:
            raise _refused(f"lines[{n}].quantity: must be 1 to {MOST_OF_A_LINE}")
        offer = offers.get(line.sku)
        if offer is None:
            raise _refused(f"lines[{n}].shop_uid: {_name(line)} is not offered by this merchant")
        if not offer.can_serve(line.quantity):
            raise _refused(f"lines[{n}].quantity: only {offer.quantity} of {_name(line)} offered")
    check_texts(cart.customer, RefusalCode.CART, "customer")
    check_texts(cart.comments, RefusalCode.CART, "comments")
    check_recipient(cart.customer, RefusalCode.CART)


def split(cart: Cart) -> dict[str, tuple[CartLine, ...]]:
    """The cart's lines by merchant, in the order in which merchants first occur."""
    merchants = dict.fromkeys(line.merchant_id for line in cart.lines)
    return {
        merchant: tuple(line for line in cart.lines if line.merchant_id == merchant)
        for merchant in merchants
    }


def line_item(line: CartLine, offer: Offer, line_id: str) -> LineItem:
    return LineItem(
        id=line_id,
        shop_uid=offer.shop_uid,
        shop_variation_uid=offer.shop_variation_uid or None,
        product_name=offer.name,
        quantity=line.quantity,
        unit_price_cents=offer.price_cents,
        commission_basis_points=offer.commission_basis_points,
        size=offer.size,
        ean=offer.ean,
        mpn=offer.mpn,
    )


def placed(
    code: str,
    merchant: Merchant,
    cart: Cart,
    lines: tuple[LineItem, ...],
    terms: Terms,
    now: datetime,
) -> Order:
    """A new open order of `merchant`, as it is first told."""
    expires_at = now + terms.answer_within
    return Order(
        code=code,
        merchant_id=merchant.id,
        state=OrderState.OPEN,
        version=1,
        events=0,
        told_at=now - timedelta(seconds=1),
        customer=cart.customer,
        lines=lines,
        created_at=now,
        expires_at=expires_at,
        dispatch_until=terms.dispatch_until(now),
        comments=cart.comments,
        payment_method=cart.payment_method,
        courier=terms.courier,
        locations=merchant.locations,
        windows=pickup.windows(now, expires_at),
        parcels=PARCELS_OFFERED,
        set_as_ready_required=merchant.set_as_ready_required,
    )


def _name(line: CartLine) -> str:
    return f"'{line.shop_uid}/{line.shop_variation_uid}'".replace("/'", "'")


def _refused(message: str) -> Refused:
    return Refused(RefusalCode.CART, message)
