"""The order as both sides see it (contract §4).

Only `code`, `state` and each line's `id` and `quantity` are sure to be there when somebody else
wrote the document; null and absent mean the same. Values from a closed list are plain strings here,
so that a value nobody knew of survives: compare them with the names in `vocabulary`. Money is euros
as `Decimal`, exactly as written (`money.to_cents` makes integers of it). Keys are written in the
order of the published documents, which is the order of the fields.
"""

from decimal import Decimal

from msgspec import field

from smartcart.contract.wire import Count, Number, Time, Wire, absent, no, nothing

__all__ = [
    "AcceptOptions",
    "Address",
    "Customer",
    "Fees",
    "InvoiceAddress",
    "InvoiceDetails",
    "LineItem",
    "Order",
    "OrderBody",
    "PickupLocation",
    "PickupWindow",
    "PickupWindowOption",
    "RejectOptions",
    "RejectionInfo",
    "RejectionReasonOption",
    "Replacement",
    "Return",
    "Size",
    "VatExclusionRepresentative",
]


class Address(Wire, frozen=True, kw_only=True):
    """Where the parcel goes. All empty but `collection_point_address` for a collection point."""

    street_name: str = field(default_factory=str)
    street_number: str = field(default_factory=str)
    zip: str = field(default_factory=str)
    city: str = field(default_factory=str)
    region: str = field(default_factory=str)
    country_code: str = field(default_factory=str)
    """Two letters, `GR` or `CY`."""
    pickup_from_collection_point: bool = field(default_factory=no)
    collection_point_address: str | None = None
    """One line for a person, only for a collection point."""
    comments: str | None = None
    floor: str | None = None


class Customer(Wire, frozen=True, kw_only=True):
    """Who ordered. There is never an e-mail address."""

    id: str = field(default_factory=str)
    first_name: str = field(default_factory=str)
    last_name: str = field(default_factory=str)
    phone: str | None = None
    """Only for orders fulfilled by the merchant, and orders with an invoice."""
    mobile: str | None = None
    """As `phone`; looks like `(+30) 6999999999`."""
    address: Address = field(default_factory=Address)
    skroutz_plus_user: bool | None = None


class InvoiceAddress(Wire, frozen=True, kw_only=True):
    """The seat of the company that is invoiced."""

    street_name: str = field(default_factory=str)
    street_number: str = field(default_factory=str)
    zip: str = field(default_factory=str)
    city: str = field(default_factory=str)
    region: str = field(default_factory=str)


class VatExclusionRepresentative(Wire, frozen=True, kw_only=True):
    """Who represents the company when VAT is excluded under article 39a."""

    id_type: str = field(default_factory=str)
    """A label from `vocabulary.ID_TYPES`."""
    id_number: str = field(default_factory=str)
    """The last five digits."""
    otp: str = field(default_factory=str)
    """One-time password, for AADE's service."""
    mobile: str | None = None


class InvoiceDetails(Wire, frozen=True, kw_only=True):
    """Whom to invoice, and whether VAT is excluded."""

    company: str = field(default_factory=str)
    profession: str = field(default_factory=str)
    vat_number: str = field(default_factory=str)
    """The Greek ΑΦΜ, nine digits, or a VAT number of another country."""
    doy: str = field(default_factory=str)
    """The tax office."""
    address: InvoiceAddress = field(default_factory=InvoiceAddress)
    vat_exclusion_requested: bool = field(default_factory=no)
    vat_exclusion_verification_method: str | None = None
    """A value of `vocabulary.VatVerification`."""
    vat_exclusion_documents: tuple[str, ...] | None = None
    """URLs."""
    vat_exclusion_representative: VatExclusionRepresentative | None = None


class Size(Wire, frozen=True, kw_only=True):
    """The size variation that was bought."""

    label: str = field(default_factory=str)
    """What kind of size: `Νούμερο`, `Μέγεθος`, `Ηλικία`."""
    value: str = field(default_factory=str)
    """As the marketplace shows it."""
    shop_value: str = field(default_factory=str)
    """As the shop's feed has it."""
    shop_variation_uid: str | None = None
    ean: str | None = None
    mpn: str | None = None


class LineItem(Wire, frozen=True, kw_only=True):
    """One product of an order. `id` and `quantity` are always there; everything else may not be."""

    id: str
    """Opaque; what a rejection names."""
    shop_uid: str = field(default_factory=str)
    """The product's id in the shop's own feed."""
    shop_variation_uid: str | None = None
    """The variation's id in the shop's own feed."""
    product_name: str = field(default_factory=str)
    quantity: Count
    size: Size | None = None
    unit_price: Decimal | None = field(default_factory=absent)
    """Euros a piece."""
    total_price: Decimal | None = field(default_factory=absent)
    """Euros, `unit_price` × `quantity`."""
    price_includes_vat: bool = field(default_factory=lambda: True)
    """False for an invoice with VAT excluded."""
    commission: Decimal | None = field(default_factory=absent)
    """Euros: `total_price` × `commission_rate` / 100, rounded half up."""
    commission_rate: Decimal | None = field(default_factory=absent)
    """Per cent, `8.34`."""
    island_vat_discount_applied: bool = field(default_factory=no)
    ean: str | None = None
    mpn: str | None = None
    extra_info: str | None = None
    """Several lines, some separated by a literal backslash-n: show it through `text.lines`."""
    rejection_reason: str | None = None
    """A value of `vocabulary.LineRejection`."""
    return_reason: str | None = None
    """A value of `vocabulary.ReturnReason`."""
    serial_numbers: str | None = field(default_factory=absent)
    """Joined by commas."""
    tags: tuple[str, ...] | None = None
    """Values of `vocabulary.Tag`."""
    readjusted_vat: bool | Decimal | None = None
    """Published without its type: a flag and a number are both read."""
    vat_ratio: Decimal | None = None


class Fees(Wire, frozen=True, kw_only=True):
    """What the marketplace keeps beside its commission, in euros; each only when positive."""

    handling_fee: Decimal | None = None
    skroutz_coins_fee: Decimal | None = None
    installments_fee: Decimal | None = None
    fbs_fee: Decimal | None = None
    plus_user_fee: Decimal | None = None


class PickupWindow(Wire, frozen=True, kw_only=True):
    """When the courier comes (`from`, `to` on the wire)."""

    start: Time | None = field(name="from", default_factory=absent)
    end: Time | None = field(name="to", default_factory=absent)


class RejectionInfo(Wire, frozen=True, kw_only=True):
    """Why an order was rejected as a whole, in words."""

    reason: str = field(default_factory=str)
    actor: str = field(default_factory=str)
    """A value of `vocabulary.Actor`."""


class Replacement(Wire, frozen=True, kw_only=True):
    """An order that replaces this one."""

    code: str = field(default_factory=str)
    type: str | None = None
    """A value of `vocabulary.ReplacementType`."""


class Return(Wire, frozen=True, kw_only=True):
    """A return of (some of) this order."""

    return_uuid: str = field(default_factory=str)
    tracking_ids: tuple[str, ...] = field(default_factory=nothing)


class PickupLocation(Wire, frozen=True, kw_only=True):
    """One place the courier may collect from; `id` is what an accept names."""

    id: str = field(default_factory=str)
    label: str = field(default_factory=str)


class PickupWindowOption(Wire, frozen=True, kw_only=True):
    """One window the courier may come in; `id` is what an accept names.

    It is dated only inside `label`: read it with `labels.parse_pickup_label`.
    """

    id: Number = field(default_factory=int)
    """0 when the document has none, which no accept may name."""
    label: str = field(default_factory=str)


class AcceptOptions(Wire, frozen=True, kw_only=True):
    """What an accept of this order may choose from; only while it is open and may be acted on."""

    number_of_parcels: tuple[Count, ...] = field(default_factory=nothing)
    pickup_location: tuple[PickupLocation, ...] = field(default_factory=nothing)
    pickup_window: tuple[PickupWindowOption, ...] = field(default_factory=nothing)
    """Empty for an order the customer collects from the store."""


class RejectionReasonOption(Wire, frozen=True, kw_only=True):
    """A reason a line of this order may be rejected for."""

    id: Number = field(default_factory=int)
    """0 when the document has none, which no reject may name."""
    label: str = field(default_factory=str)
    requires_available_quantity: bool = field(default_factory=no)


class RejectOptions(Wire, frozen=True, kw_only=True):
    """What a reject of this order may choose from; only while it is open and may be acted on."""

    line_item_rejection_reasons: tuple[RejectionReasonOption, ...] = field(default_factory=nothing)


class Order(Wire, frozen=True, kw_only=True):
    """One merchant's order."""

    code: str
    """Opaque to a reader, at most 64 characters."""
    state: str
    """A value of `vocabulary.OrderState`, or one we do not know yet."""
    customer: Customer = field(default_factory=Customer)
    invoice: bool = field(default_factory=no)
    uploaded_invoice_file: str | None = field(default_factory=absent)
    """URL."""
    invoice_document: str | None = field(default_factory=absent)
    """A value of `vocabulary.InvoiceDocument`; a writer always gives one."""
    invoice_details: InvoiceDetails | None = None
    comments: str = field(default_factory=str)
    courier: str | None = field(default_factory=absent)
    """A name for people, one of an open list (`vocabulary.COURIERS`)."""
    courier_voucher: str | None = field(default_factory=absent)
    """URL of the label, a PDF; no token is ever sent to it."""
    courier_tracking_codes: tuple[str, ...] = field(default_factory=nothing)
    line_items: tuple[LineItem, ...] = field(default_factory=nothing)
    created_at: Time | None = field(default_factory=absent)
    expires_at: Time | None = field(default_factory=absent)
    """Until when it may be accepted or rejected."""
    dispatch_until: Time | None = field(default_factory=absent)
    """Null for an order the customer collects from the store."""
    express: bool = field(default_factory=no)
    """Accepted by the marketplace itself."""
    gift_wrap: bool = field(default_factory=no)
    fulfilled_by_skroutz: bool = field(default_factory=no)
    store_pickup: bool = field(default_factory=no)
    commission: Decimal | None = field(default_factory=absent)
    """Euros, the sum of the lines'; a writer always gives it."""
    fees: Fees = field(default_factory=Fees)
    fbs_delivery_note: str | None = field(default_factory=absent)
    fbs_delivery_note_url: str | None = field(default_factory=absent)
    paid_by_user: bool | None = field(default_factory=absent)
    """False for cash on delivery; `None` when the document does not say."""
    payment_method: str | None = field(default_factory=absent)
    """A value of `vocabulary.PaymentMethod`."""
    shipping_cost: Decimal | None = None
    """Euros; only for orders fulfilled by the merchant."""
    pickup_window: PickupWindow | None = None
    pickup_address: str | None = None
    number_of_parcels: Count | None = None
    set_as_ready_required: bool = field(default_factory=no)
    is_ready_for_dispatch: bool = field(default_factory=no)
    rejection_info: RejectionInfo | None = None
    replacements: tuple[Replacement, ...] | None = None
    replaced: str | None = None
    """The code of the order this one replaces; read under `replaced_suborder` as well."""
    returns: tuple[Return, ...] | None = None
    custom: str | None = None
    """Tokens of `vocabulary.CustomToken`, joined by blanks."""
    accept_options: AcceptOptions | None = None
    reject_options: RejectOptions | None = None


class OrderBody(Wire, frozen=True, kw_only=True):
    """The answer to `GET /:code` (contract §3)."""

    order: Order
