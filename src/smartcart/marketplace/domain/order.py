"""An order as the marketplace keeps it. Money in euro cents, rates in basis points, times aware."""

from datetime import datetime

from msgspec import Struct

from smartcart.contract import Address, Customer, OrderState, PaymentMethod, Size

WINDOWS_OFFERED = 5


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


class LineItem(Struct, frozen=True, kw_only=True):
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
    rejection: LineRejection | None = None

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


class Order(Struct, frozen=True, kw_only=True):
    """One merchant's part of a cart.

    `version` counts changes and guards them. `events` counts the webhook events told so far, the
    last of them at `told_at`.
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
    dispatch_until: datetime
    comments: str
    payment_method: PaymentMethod
    courier: str
    locations: tuple[PickupLocation, ...]
    windows: tuple[PickupWindow, ...]
    parcels: tuple[int, ...]
    set_as_ready_required: bool
    acceptance: Acceptance | None = None
    voucher: IssuedVoucher | None = None
    rejected_because: str | None = None
    reissue_of: str | None = None

    @property
    def paid_by_user(self) -> bool:
        return self.payment_method is not PaymentMethod.CASH_ON_DELIVERY

    @property
    def total_cents(self) -> int:
        return sum(line.total_cents for line in self.lines)

    def is_actable(self, now: datetime) -> bool:
        """Whether the merchant may still answer it."""
        return self.state is OrderState.OPEN and now < self.expires_at

    def open_windows(self, now: datetime) -> tuple[PickupWindow, ...]:
        """The windows offered at `now`: the next that have not begun."""
        return tuple(w for w in self.windows if w.start > now)[:WINDOWS_OFFERED]
