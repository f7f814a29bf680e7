"""An order as the marketplace keeps it. Money in euro cents, rates in basis points, times aware."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import islice

from msgspec import Struct

from smartcart.contract import (
    Address,
    Customer,
    InvoiceDetails,
    InvoiceDocument,
    OrderState,
    PaymentMethod,
    Replacement,
    Return,
    Size,
)
from smartcart.contract.vocabulary import Actor, ReplacementType

WINDOWS_OFFERED = 5


class Fulfilment(StrEnum):
    """Who ships an order, and from where (contract §3, §4)."""

    CORE = "core"
    """The marketplace's courier collects it from the merchant."""
    FBM = "fbm"
    """The merchant ships it with a courier of its own."""
    FBS = "fbs"
    """It is shipped from the marketplace's warehouse."""
    STORE_PICKUP = "store_pickup"
    """The customer collects it from the merchant's store."""


class PickupWindow(Struct, frozen=True):
    """A span in which the courier may call; `id` names it for the life of its order."""

    id: int
    start: datetime
    end: datetime


class PickupLocation(Struct, frozen=True):
    """A place of the merchant's from which parcels are collected."""

    id: str
    address: Address


class LineRejection(Struct, frozen=True):
    """Why a line was rejected; `available_quantity` where the reason asks for it."""

    reason_id: int
    available_quantity: int | None = None


class LineItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`serial_numbers` are joined by commas; the rest is as the contract's line item (§4)."""

    id: str
    shop_uid: str
    product_name: str
    quantity: int
    unit_price_cents: int
    commission_basis_points: int
    shop_variation_uid: str | None = None
    size: Size | None = None
    ean: str | None = None
    mpn: str | None = None
    price_includes_vat: bool = True
    island_vat_discount_applied: bool = False
    readjusted_vat: bool | Decimal | None = None
    vat_ratio: Decimal | None = None
    extra_info: str | None = None
    serial_numbers: str | None = None
    tags: tuple[str, ...] | None = None
    rejection: LineRejection | None = None
    return_reason: str | None = None

    @property
    def total_cents(self) -> int:
        return self.unit_price_cents * self.quantity

    @property
    def commission_cents(self) -> int:
        """The rate of the line's total, rounded half up (contract §4)."""
        return (self.total_cents * self.commission_basis_points + 5_000) // 10_000


class Acceptance(Struct, frozen=True):
    """What the merchant chose among its options; no window for a pickup at the store."""

    location: PickupLocation
    window: PickupWindow | None
    parcels: int


class IssuedVoucher(Struct, frozen=True):
    """The courier's voucher: one tracking code a parcel, and where its PDF is served."""

    url: str
    tracking_codes: tuple[str, ...]


class Fees(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the marketplace keeps beside its commission, in cents; 0 where it keeps nothing."""

    handling: int = 0
    skroutz_coins: int = 0
    installments: int = 0
    fbs: int = 0
    plus_user: int = 0


class DeliveryNote(Struct, frozen=True):
    """The warehouse's note for goods it dispatched: its number, and where its PDF is."""

    number: str
    url: str


class Order(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One merchant's part of a cart.

    `version` counts changes and guards them. `events` counts the webhook events told so far, the
    last of them at `told_at`. `last_mile` tells whether `courier` is the marketplace's own;
    `tracking_codes` are those no voucher of ours carries. `moved_from` is the window the pickup
    was moved away from when the order was marked ready. `invoice_file` is the URL of the invoice
    the merchant uploaded.
    """

    code: str
    merchant_id: str
    state: OrderState
    version: int
    events: int
    told_at: datetime
    customer: Customer
    lines: tuple[LineItem, ...]
    created_at: datetime
    expires_at: datetime
    dispatch_until: datetime | None
    comments: str
    payment_method: PaymentMethod
    courier: str | None
    locations: tuple[PickupLocation, ...]
    windows: tuple[PickupWindow, ...]
    parcels: tuple[int, ...]
    set_as_ready_required: bool
    fulfilment: Fulfilment = Fulfilment.CORE
    express: bool = False
    gift_wrap: bool = False
    last_mile: bool = True
    invoice_document: InvoiceDocument = InvoiceDocument.RECEIPT
    invoice_details: InvoiceDetails | None = None
    invoice_file: str | None = None
    fees: Fees = Fees()
    shipping_cost_cents: int | None = None
    acceptance: Acceptance | None = None
    voucher: IssuedVoucher | None = None
    tracking_codes: tuple[str, ...] = ()
    is_ready: bool = False
    moved_from: PickupWindow | None = None
    delivery_note: DeliveryNote | None = None
    rejected_because: str | None = None
    rejected_by: Actor = Actor.MERCHANT
    replaced: str | None = None
    replacement_type: ReplacementType | None = None
    replacements: tuple[Replacement, ...] | None = None
    returns: tuple[Return, ...] | None = None
    reissue_of: str | None = None

    @property
    def paid_by_user(self) -> bool:
        return self.payment_method is not PaymentMethod.CASH_ON_DELIVERY

    @property
    def total_cents(self) -> int:
        return sum(line.total_cents for line in self.lines)

    @property
    def pickup(self) -> PickupWindow | None:
        """When the courier calls, once that is chosen."""
        return self.acceptance.window if self.acceptance else None

    def is_actable(self, now: datetime) -> bool:
        """Whether the merchant may still answer it; express orders are not for it to answer."""
        return self.state is OrderState.OPEN and now < self.expires_at and not self.express

    def open_windows(self, now: datetime) -> tuple[PickupWindow, ...]:
        """The windows offered at `now`: the next that have not begun."""
        return tuple(islice((w for w in self.windows if w.start > now), WINDOWS_OFFERED))
