"""Every call of the Orders API (contract §3), and everything each refuses (§2, §3)."""

from starlette.exceptions import HTTPException

from smartcart.contract import (
    AcceptRequest,
    ContractError,
    NotAJsonObject,
    OrderBody,
    RejectRequest,
    Success,
    TrackingRequest,
)
from smartcart.contract.examples import names
from smartcart.contract.vocabulary import INVOICE_MEDIA_TYPES, MAX_INVOICE_BYTES, ORDERS_PATH
from smartcart.kit.bodies import BodyTooLarge
from smartcart.marketplace.api.invoices import FIELD, MISSING, TOO_LARGE
from smartcart.marketplace.api.operation import Operation, Refusing, Upload
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from smartcart.marketplace.sandbox.triggers import Trigger

ORDER = f"{ORDERS_PATH}/{{code}}"
MOST_BYTES = 256 * 1024
"""Of a body in JSON."""

ORDERS = "Orders"
PARCELS = "Parcels"
SANDBOX = "Sandbox"


def _refused(code: RefusalCode, message: str, shown_by: str = "") -> Refusing:
    return Refusing(Refused(code, message), shown_by)


def _status(message: str, shown_by: str = "") -> Refusing:
    return _refused(RefusalCode.ORDER_STATUS, message, shown_by)


def _field(name: str, message: str) -> Refusing:
    return Refusing(ContractError(name, message))


_NOT_FOUND = _refused(RefusalCode.NOT_FOUND, "Order not found")
_BODIES = (
    Refusing(NotAJsonObject("The document is JSON, but not an object; send {...}.")),
    Refusing(BodyTooLarge(f"A body has at most {MOST_BYTES} bytes.")),
)
_REQUIRED = "This field is required."

SHOW = Operation(
    name="show_order",
    method="GET",
    path=ORDER,
    tag=ORDERS,
    summary="Read an order",
    description="`accept_options` and `reject_options` are there only while the order is open "
    "and may be answered.",
    answer=OrderBody,
    examples=("order_open", *(each for each in names("order_") if each != "order_open")),
    tried_on="DEMO-OPEN",
    refusals=(_NOT_FOUND,),
)
ACCEPT = Operation(
    name="accept_order",
    method="POST",
    path=f"{ORDER}/accept",
    tag=ORDERS,
    summary="Accept an order",
    description="Choose from the order's `accept_options`: where the courier collects, when, and "
    "how many parcels.",
    body=AcceptRequest,
    examples=("request_accept", "request_accept_store_pickup"),
    answer=Success,
    tried_on="DEMO-OPEN",
    refusals=(
        _NOT_FOUND,
        *_BODIES,
        _status("Order already accepted.", "DEMO-ACCEPTED"),
        _status("Order is rejected.", "DEMO-REJECTED"),
        _status("Order is express"),
        _status("Order expired."),
        _field("pickup_location", _REQUIRED),
        _refused(
            RefusalCode.PICKUP_LOCATION,
            "pickup_location 'elsewhere' is not among the order's accept_options: Sa1bTc2dUe.",
        ),
        _refused(RefusalCode.PICKUP_WINDOW, "pickup_window is required; one of: 1, 2, 3, 4, 5."),
        _refused(
            RefusalCode.PICKUP_WINDOW,
            "pickup_window 99 is not among the order's accept_options: 1, 2, 3, 4, 5.",
        ),
        _field("pickup_window", "Expected `int | null`."),
        _refused(
            RefusalCode.NUMBER_OF_PARCELS,
            "number_of_parcels 4 is not among the order's accept_options: 1, 2, 3.",
        ),
        _field("number_of_parcels", "Expected `int`."),
    ),
)
REJECT = Operation(
    name="reject_order",
    method="POST",
    path=f"{ORDER}/reject",
    tag=ORDERS,
    summary="Reject an order",
    description="Line by line, with one of the order's `reject_options` for each, or as a whole "
    "with a reason in words. What is still available comes back as a new order.",
    body=RejectRequest,
    examples=("request_reject_other", "request_reject_lines"),
    answer=Success,
    tried_on="DEMO-OPEN",
    refusals=(
        _NOT_FOUND,
        *_BODIES,
        _status("Order already rejected.", "DEMO-REJECTED"),
        _status("Order is accepted.", "DEMO-ACCEPTED"),
        _status("Order is express"),
        _status("Order expired."),
        _field(
            "line_items",
            "Send either line_items, at least one, or rejection_reason_other, not both.",
        ),
        _field("line_items", "A line is named twice; name each once."),
        _field("line_items[0].reason_id", _REQUIRED),
        _field("rejection_reason_other", "Expected `str | null`."),
        _refused(RefusalCode.LINE_ITEMS, "'nothing' is not a line of this order."),
        _refused(RefusalCode.LINE_ITEMS, "reason_id 6 is not offered; one of: 1, 2, 4, 5."),
        _refused(RefusalCode.LINE_ITEMS, "reason_id 4 requires available_quantity."),
        _refused(RefusalCode.LINE_ITEMS, "available_quantity must be 0 to 2."),
    ),
)
UPLOAD_INVOICE = Operation(
    name="upload_invoice",
    method="POST",
    path=f"{ORDER}/invoices",
    tag=ORDERS,
    summary="Upload the invoice",
    description="One file an order: a new one replaces it. Its content tells its type.",
    body=Upload(FIELD, INVOICE_MEDIA_TYPES, MAX_INVOICE_BYTES),
    answer=Success,
    tried_on="DEMO-ACCEPTED",
    refusals=(
        _NOT_FOUND,
        Refusing(MISSING),
        _status("Failed to upload invoice. Order must be accepted first.", "DEMO-OPEN"),
        _refused(
            RefusalCode.INVOICE_FILE, "Invoice file application/zip mime-type is not accepted"
        ),
        Refusing(TOO_LARGE),
    ),
)
SET_AS_READY = Operation(
    name="set_as_ready",
    method="POST",
    path=f"{ORDER}/set_as_ready",
    tag=PARCELS,
    summary="Mark an order as ready for the courier",
    description="For an accepted order that the marketplace's own courier collects. Before 21:00 "
    "of the day before the pickup it may move the pickup to an earlier window.",
    answer=Success,
    tried_on="DEMO-ACCEPTED",
    refusals=(
        _NOT_FOUND,
        _refused(
            RefusalCode.NOT_ELIGIBLE, "Order is not eligible to be marked as ready", "DEMO-OPEN"
        ),
    ),
)
SET_AS_NOT_READY = Operation(
    name="set_as_not_ready",
    method="POST",
    path=f"{ORDER}/set_as_not_ready",
    tag=PARCELS,
    summary="Take the mark back",
    description="The pickup goes back to its first window, if it can still be had.",
    answer=Success,
    tried_on="DEMO-RETURN",
    refusals=(
        _NOT_FOUND,
        _refused(RefusalCode.NOT_ELIGIBLE, "Order is not eligible for undo", "DEMO-OPEN"),
    ),
)
TRACK = Operation(
    name="tracking_details",
    method="POST",
    path=f"{ORDER}/tracking_details",
    tag=PARCELS,
    summary="Tell where the parcels can be followed",
    description="For orders the merchant ships itself. Replaces what was told before.",
    body=TrackingRequest,
    examples=("request_tracking_details",),
    answer=Success,
    refusals=(
        _NOT_FOUND,
        *_BODIES,
        _refused(RefusalCode.NOT_ELIGIBLE, "Order is not fulfilled by merchant", "DEMO-OPEN"),
        _status("Order is open."),
        _field("tracking_details", "Send at least one courier and tracking code."),
        _field("tracking_details", _REQUIRED),
        _refused(
            RefusalCode.TRACKING_DETAILS,
            "courier 'elta' is not one of: acs, dhl, geniki_taxydromiki, dpd, gls.",
        ),
        _refused(
            RefusalCode.TRACKING_DETAILS,
            "tracking_code must have 1 to 64 visible characters.",
        ),
    ),
)

TRIGGER = Operation(
    name="trigger_webhook_request",
    method="POST",
    path=f"{ORDER}/trigger_webhook_request/{{kind}}",
    tag=SANDBOX,
    summary="Have an event sent",
    description="For demo orders: an event of that kind goes to the shop's webhook URL some "
    "seconds later.",
    choices=(("kind", tuple(Trigger)),),
    answer=Success,
    tried_on="DEMO-OPEN",
    refusals=(
        _refused(RefusalCode.TOOL_OFF, "The Webhook is switched off for this shop."),
        _refused(RefusalCode.NOT_FOUND, "Order not found", "DEMO-RETURN"),
        Refusing(HTTPException(429, "Too many events of DEMO-OPEN wait already.")),
    ),
)

OPERATIONS = (
    SHOW,
    ACCEPT,
    REJECT,
    UPLOAD_INVOICE,
    SET_AS_READY,
    SET_AS_NOT_READY,
    TRACK,
    TRIGGER,
)
