"""The documents of contract §4 as pydantic models.

A field without a default is always written; the others are left out while they have it.
"""

from datetime import datetime

from pydantic import BaseModel, Field


class Address(BaseModel):
    street_name: str
    street_number: str
    zip: str
    city: str
    region: str
    country_code: str
    pickup_from_collection_point: bool
    collection_point_address: str | None = None
    comments: str | None = None
    floor: str | None = None


class Customer(BaseModel):
    id: str
    first_name: str
    last_name: str
    phone: str | None = None
    mobile: str | None = None
    address: Address
    skroutz_plus_user: bool | None = None


class InvoiceAddress(BaseModel):
    street_name: str
    street_number: str
    zip: str
    city: str
    region: str


class VatExclusionRepresentative(BaseModel):
    id_type: str
    id_number: str
    otp: str
    mobile: str | None = None


class InvoiceDetails(BaseModel):
    company: str
    profession: str
    vat_number: str
    doy: str
    address: InvoiceAddress
    vat_exclusion_requested: bool
    vat_exclusion_verification_method: str | None = None
    vat_exclusion_documents: list[str] | None = None
    vat_exclusion_representative: VatExclusionRepresentative | None = None


class Size(BaseModel):
    label: str
    value: str
    shop_value: str
    shop_variation_uid: str | None = None
    ean: str | None = None
    mpn: str | None = None


class LineItem(BaseModel):
    id: str
    shop_uid: str
    shop_variation_uid: str | None = None
    product_name: str
    quantity: int
    size: Size | None = None
    unit_price: float
    total_price: float
    price_includes_vat: bool
    commission: float
    commission_rate: float
    island_vat_discount_applied: bool
    ean: str | None = None
    mpn: str | None = None
    extra_info: str | None = None
    rejection_reason: str | None = None
    return_reason: str | None = None
    serial_numbers: str | None
    tags: list[str] | None = None
    readjusted_vat: bool | None = None
    vat_ratio: float | None = None


class Fees(BaseModel):
    handling_fee: float | None = None
    skroutz_coins_fee: float | None = None
    installments_fee: float | None = None
    fbs_fee: float | None = None
    plus_user_fee: float | None = None


class PickupWindow(BaseModel):
    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")


class RejectionInfo(BaseModel):
    reason: str
    actor: str


class Replacement(BaseModel):
    code: str
    type: str | None = None


class Return(BaseModel):
    return_uuid: str
    tracking_ids: list[str]


class PickupLocationOption(BaseModel):
    id: str
    label: str


class PickupWindowOption(BaseModel):
    id: int
    label: str


class AcceptOptions(BaseModel):
    number_of_parcels: list[int]
    pickup_location: list[PickupLocationOption]
    pickup_window: list[PickupWindowOption]


class RejectionReasonOption(BaseModel):
    id: int
    label: str
    requires_available_quantity: bool


class RejectOptions(BaseModel):
    line_item_rejection_reasons: list[RejectionReasonOption]


class OrderDocument(BaseModel):
    code: str
    state: str
    customer: Customer
    invoice: bool
    uploaded_invoice_file: str | None
    invoice_document: str
    invoice_details: InvoiceDetails | None = None
    comments: str
    courier: str | None
    courier_voucher: str | None
    courier_tracking_codes: list[str]
    line_items: list[LineItem]
    created_at: datetime
    expires_at: datetime
    dispatch_until: datetime | None
    express: bool
    gift_wrap: bool
    fulfilled_by_skroutz: bool
    store_pickup: bool
    commission: float
    fees: Fees
    fbs_delivery_note: str | None
    fbs_delivery_note_url: str | None
    paid_by_user: bool
    payment_method: str
    shipping_cost: float | None = None
    pickup_window: PickupWindow | None = None
    pickup_address: str | None = None
    number_of_parcels: int | None = None
    set_as_ready_required: bool
    is_ready_for_dispatch: bool
    rejection_info: RejectionInfo | None = None
    replacements: list[Replacement] | None = None
    replaced: str | None = None
    returns: list[Return] | None = None
    custom: str | None = None
    accept_options: AcceptOptions | None = None
    reject_options: RejectOptions | None = None


class OrderBody(BaseModel):
    order: OrderDocument


class AcceptRequest(BaseModel, coerce_numbers_to_str=True):
    pickup_location: str
    pickup_window: int | None = None
    number_of_parcels: int | None = 1


class Success(BaseModel):
    success: bool


class ErrorItem(BaseModel):
    code: str
    messages: list[str]


class Errors(BaseModel):
    errors: list[ErrorItem]
