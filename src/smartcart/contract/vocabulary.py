"""The contract's words: every closed list, header and code of §2 to §5, by name.

The structs carry plain strings, because a reader must survive a word that is not here yet; these
are what to compare them with, and what a writer may use.
"""

from dataclasses import dataclass
from enum import StrEnum, unique
from types import MappingProxyType

__all__ = [
    "ACCEPT_HEADER",
    "COURIERS",
    "DEFAULT_USER_AGENT",
    "DEFAULT_VENDOR",
    "EVENTS_PATH",
    "ID_TYPES",
    "INVOICE_MEDIA_TYPES",
    "JSON_MEDIA_TYPE",
    "LAST_MILE",
    "MAX_CODE_LENGTH",
    "MAX_INVOICE_BYTES",
    "OFFERED_REASONS",
    "ORDERS_PATH",
    "REJECTION_REASONS",
    "STATES_ANNOUNCED",
    "WEBHOOK_CONTENT_TYPE",
    "WEBHOOK_REQUESTS",
    "WEBHOOK_SPAN_SECONDS",
    "WEBHOOK_STANDING_PATH",
    "Actor",
    "CustomToken",
    "ErrorCode",
    "EventType",
    "FbmCourier",
    "InvoiceDocument",
    "LineRejection",
    "OrderState",
    "PaymentMethod",
    "RejectionReason",
    "ReplacementType",
    "ReturnReason",
    "SizeLabel",
    "Tag",
    "VatVerification",
    "api_media_type",
]


@unique
class OrderState(StrEnum):
    """`order.state` (§4)."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    PARTIALLY_DELIVERED = "partially_delivered"
    FOR_RETURN = "for_return"
    PARTIALLY_RETURNED = "partially_returned"
    RETURNED = "returned"


STATES_ANNOUNCED = frozenset(
    {
        OrderState.ACCEPTED,
        OrderState.REJECTED,
        OrderState.EXPIRED,
        OrderState.DISPATCHED,
        OrderState.CANCELLED,
        OrderState.PARTIALLY_RETURNED,
        OrderState.RETURNED,
    }
)
"""States whose arrival sends an `order_updated`; the others send nothing (§5)."""


@unique
class EventType(StrEnum):
    """`event_type` (§5)."""

    NEW_ORDER = "new_order"
    ORDER_UPDATED = "order_updated"


@unique
class InvoiceDocument(StrEnum):
    """`order.invoice_document` (§4)."""

    RECEIPT = "receipt"
    INVOICE = "invoice"
    INVOICE_39A = "invoice_39a"
    INVOICE_VIES = "invoice_vies"


@unique
class PaymentMethod(StrEnum):
    """`order.payment_method` (§4)."""

    CARD = "card"
    CASH_ON_DELIVERY = "cash_on_delivery"
    LOAN = "loan"
    BANK_TRANSFER = "bank_transfer"
    IRIS = "iris"
    WALLET = "wallet"
    EDENRED = "edenred"
    REVOLUT = "revolut"


@unique
class Actor(StrEnum):
    """Who rejected an order as a whole: `rejection_info.actor` (§4)."""

    MARKETPLACE = "skroutz"
    MERCHANT = "merchant"


@unique
class ReplacementType(StrEnum):
    """`replacements[].type` (§4)."""

    FROM_SERVICE = "from_service"
    AS_IS_RETURN = "as_is_return"


@unique
class CustomToken(StrEnum):
    """Tokens within `order.custom` (§4)."""

    GIFT_WRAP = "[GIFT-WRAP]"
    RETURN_FROM_SERVICE = "[RETURN-FROM-SERVICE]"
    RETURN_AS_IS = "[RETURN-AS-IS]"


@unique
class VatVerification(StrEnum):
    """`invoice_details.vat_exclusion_verification_method` (§4)."""

    SERVICE = "service"
    DOCUMENTS = "documents"


@unique
class SizeLabel(StrEnum):
    """`size.label` (§4)."""

    NUMBER = "Νούμερο"
    SIZE = "Μέγεθος"
    AGE = "Ηλικία"


@unique
class ReturnReason(StrEnum):
    """`line_items[].return_reason` (§4)."""

    FAULTY = "faulty"
    WRONG_PRODUCT = "wrong_product"
    WITHDRAWAL = "withdrawal"
    WRONG_SIZE = "wrong_size"


@unique
class Tag(StrEnum):
    """`line_items[].tags[]` (§4)."""

    PLUS_DEAL = "plus_deal"
    COUPON_DEAL = "coupon_deal"
    TWO_PLUS_DEAL = "two_plus_deal"
    COUPONS = "coupons"
    PRICE_OPTIMIZER = "price_optimizer"
    CC_INSTALLMENTS = "cc_installments"


@unique
class FbmCourier(StrEnum):
    """Couriers an order fulfilled by the merchant may be tracked with (§3)."""

    ACS = "acs"
    DHL = "dhl"
    GENIKI_TAXYDROMIKI = "geniki_taxydromiki"
    DPD = "dpd"
    GLS = "gls"


LAST_MILE = "Skroutz Last Mile"
"""The marketplace's own courier, as shown in `order.courier` (§4)."""

COURIERS = (
    LAST_MILE,
    "ACS",
    "Speedex",
    "Elta",
    "EasyMail",
    "DHL",
    "Dpd",
    "Diakinisis",
    "Delatolas",
    "OB Streem",
    "Geniki Taxydromiki",
)
"""Couriers shown in `order.courier`: an open list (§4)."""


@unique
class LineRejection(StrEnum):
    """`line_items[].rejection_reason` (§3, §4)."""

    NO_STOCK = "no_stock"
    WRONG_PRICE = "wrong_price"
    LIMITED_STOCK = "limited_stock"
    DISCONTINUATION = "discontinuation"
    CONTENT_MISTAKE = "content_mistake"


@dataclass(frozen=True, slots=True)
class RejectionReason:
    """A reason a line may be rejected for, and what the line then says (§3)."""

    id: int
    label: str
    requires_available_quantity: bool
    line_value: LineRejection


REJECTION_REASONS = MappingProxyType(
    {
        reason.id: reason
        for reason in (
            RejectionReason(
                1,
                "Εκτός αποθέματος στο κατάστημα ή στον προμηθευτή",
                False,
                LineRejection.NO_STOCK,
            ),
            RejectionReason(2, "Λάθος καταχωρημένη τιμή(ες)", False, LineRejection.WRONG_PRICE),
            RejectionReason(4, "Περιορισμένα τεμάχια", True, LineRejection.LIMITED_STOCK),
            # The first word is published in Latin letters.
            RejectionReason(5, "To προϊόν καταργήθηκε", False, LineRejection.DISCONTINUATION),
            RejectionReason(6, "Λάθος ταξινόμηση προϊόντος", False, LineRejection.CONTENT_MISTAKE),
        )
    }
)
"""Every published reason, by id."""

OFFERED_REASONS = (1, 2, 4, 5)
"""Ids that every published order offers in its `reject_options` (§3)."""


ID_TYPES = MappingProxyType(
    {
        1: "ΑΤ Αστυνομική Ταυτότητα",
        2: "ΕΣ Ελληνικός Στρατός",
        3: "ΠΝ Πολεμικό Ναυτικό",
        4: "ΠΑ Πολεμική Αεροπορία",
        5: "ΕΑ Ελληνική Αστυνομία",
        6: "ΛΣ Λιμενικό Σώμα",
        7: "ΠΣ Πυροσβεστικό Σώμα",
        8: "Διαβατήριο",
        9: "ΚΑ Κέντρο Αλλοδαπών",
        11: "Εντολέας ΦΠ",
        12: "ΚΠ Κάρτα Παραμονής Περιορισμένης Χρονικής Διάρκειας",
        13: "Ταυτότητα Ευρωπαϊκής Ένωσης",
        14: "Ταυτότητα Ανιθαγενή (Ν.139/1975)",
        15: "Ταυτότητα Ομογενούς",
        16: "Αριθμός Κοινωνικής Ασφάλισης Η.Π.Α.",
        17: "ΕΔΤ Πολιτικού Πρόσφυγα Υπό Αναγνώριση",
        18: "Ειδικό Δελτίο Πολιτικού Φυγάδα",
        19: "Άδεια Παραμονής Πρόσφυγα Ατελώς",
        20: "Ειδικό Δελτίο Πρόσφυγα Ανθρωπιστικού Καθεστώτος",
        22: "Πιστοποιητικό γέννησης αλλοδαπού",
        23: "Ταυτότητα Χώρας Εκτός Ευωπαϊκής Ένωσης",
        24: "ΑΓ Ελληνική Αγροφυλακή",
        25: "Δελτίο Αιτούντος Διεθνή Προστασία",
        26: "Άδεια Διαμονής Υπηκόου Τρίτης Χώρας Χωρίς Διαβατήριο",
        27: "Άδεια Διαμονής/Δικαιούχος Διεθνούς Προστασίας",
    }
)
"""`vat_exclusion_representative.id_type`: the label, verbatim, by AADE's number (§4)."""


@unique
class ErrorCode(StrEnum):
    """`errors[].code` (§2, §3). A refusal may also name the field at fault as its code."""

    UNAUTHORIZED = "Unauthorized"
    TOOL_OFF = "EcommerceMerchantUnauthorized"
    ORDER_ERROR = "order_error"
    ORDER_STATUS = "order_status"
    INVOICE_FILE = "invoice_file"
    TRACKING_DETAILS = "tracking_details"
    PICKUP_LOCATION = "pickup_location"
    PICKUP_WINDOW = "pickup_window"
    NUMBER_OF_PARCELS = "number_of_parcels"
    LINE_ITEMS = "line_items"
    REJECTION_REASON_OTHER = "rejection_reason_other"


ORDERS_PATH = "/merchants/ecommerce/orders"
"""Base path of the Orders API (§2)."""

EVENTS_PATH = "/merchants/ecommerce/events"
"""Ours: the shop's journal of events."""

WEBHOOK_STANDING_PATH = "/merchants/ecommerce/webhook"
"""Ours: how the shop's webhook fares."""

ACCEPT_HEADER = "Accept"
"""The request header that must admit `api_media_type` (§2)."""

DEFAULT_VENDOR = "skroutz"
JSON_MEDIA_TYPE = "application/json"
WEBHOOK_CONTENT_TYPE = "application/json; charset=utf-8"
DEFAULT_USER_AGENT = "Skroutz OrderNotifier v1"
"""The webhook sender's `User-Agent` (§5)."""

WEBHOOK_REQUESTS = 4
"""Requests for one event, the first among them (§5)."""

WEBHOOK_SPAN_SECONDS = 20 * 60
"""All requests for one event are sent within so many seconds (§5)."""

INVOICE_MEDIA_TYPES = ("application/pdf", "image/png", "image/jpeg")
MAX_INVOICE_BYTES = 7 * 1024 * 1024
"""Invoice files: what they may be, and how large (§3)."""

MAX_CODE_LENGTH = 64
"""Characters of an order code (§4)."""


def api_media_type(vendor: str = DEFAULT_VENDOR) -> str:
    """The `Accept` value the Orders API requires: `application/vnd.skroutz+json; version=3.0`."""
    return f"application/vnd.{vendor}+json; version=3.0"
