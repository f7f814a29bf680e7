"""What the columns `document` hold, as pydantic models."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from bench.peer.documents import Address, Customer, InvoiceDetails, Replacement, Return, Size


class Window(BaseModel):
    id: int
    start: datetime
    end: datetime


class Location(BaseModel):
    id: str
    address: Address


class LineRejection(BaseModel):
    reason_id: int
    available_quantity: int | None = None


class Line(BaseModel, extra="forbid"):
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
    readjusted_vat: bool | None = None
    vat_ratio: float | None = None
    extra_info: str | None = None
    serial_numbers: str | None = None
    tags: list[str] | None = None
    rejection: LineRejection | None = None
    return_reason: str | None = None

    @property
    def total_cents(self) -> int:
        return self.unit_price_cents * self.quantity

    @property
    def commission_cents(self) -> int:
        return (self.total_cents * self.commission_basis_points + 5_000) // 10_000


class Acceptance(BaseModel):
    location: Location
    window: Window | None
    parcels: int


class Voucher(BaseModel):
    url: str
    tracking_codes: list[str]


class StoredFees(BaseModel):
    handling: int = 0
    skroutz_coins: int = 0
    installments: int = 0
    fbs: int = 0
    plus_user: int = 0


class DeliveryNote(BaseModel):
    number: str
    url: str


class Order(BaseModel, extra="forbid"):
    """One order whole; a field that is not known here is refused, for it would be lost."""

    code: str
    merchant_id: str
    state: str
    version: int
    events: int
    told_at: datetime
    customer: Customer
    lines: list[Line]
    created_at: datetime
    expires_at: datetime
    dispatch_until: datetime | None
    comments: str
    payment_method: str
    courier: str | None
    locations: list[Location]
    windows: list[Window]
    parcels: list[int]
    set_as_ready_required: bool
    fulfilment: Literal["core", "fbm", "fbs", "store_pickup"] = "core"
    express: bool = False
    gift_wrap: bool = False
    last_mile: bool = True
    invoice_document: str = "receipt"
    invoice_details: InvoiceDetails | None = None
    invoice_file: str | None = None
    fees: StoredFees = Field(default_factory=StoredFees)
    shipping_cost_cents: int | None = None
    acceptance: Acceptance | None = None
    voucher: Voucher | None = None
    tracking_codes: list[str] = Field(default_factory=list)
    is_ready: bool = False
    moved_from: Window | None = None
    delivery_note: DeliveryNote | None = None
    rejected_because: str | None = None
    rejected_by: str = "merchant"
    replaced: str | None = None
    replacement_type: str | None = None
    replacements: list[Replacement] | None = None
    returns: list[Return] | None = None
    reissue_of: str | None = None

    def is_actable(self, now: datetime) -> bool:
        return self.state == "open" and now < self.expires_at and not self.express

    def open_windows(self, now: datetime) -> list[Window]:
        return [window for window in self.windows if window.start > now][:5]


class Merchant(BaseModel):
    """What of a merchant the two routes need."""

    id: str
    webhook_url: str
    webhook_enabled: bool = True
    orders_api_enabled: bool = True
