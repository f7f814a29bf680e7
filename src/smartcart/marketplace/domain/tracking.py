"""Parcels the merchant ships itself, and where they can be followed (contract §3)."""

from collections.abc import Mapping

from msgspec.structs import replace

from smartcart.contract import TrackingRequest
from smartcart.contract.vocabulary import FbmCourier
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.domain.operations import changed
from smartcart.marketplace.domain.order import Fulfilment, Order
from smartcart.marketplace.domain.refusal import RefusalCode, Refused

LONGEST_CODE = 64

_SHOWN: Mapping[str, str] = {
    FbmCourier.ACS: "ACS",
    FbmCourier.DHL: "DHL",
    FbmCourier.GENIKI_TAXYDROMIKI: "Geniki Taxydromiki",
    FbmCourier.DPD: "Dpd",
    FbmCourier.GLS: "GLS",
}


def track(order: Order, request: TrackingRequest) -> Order:
    """The merchant tells the couriers and codes of its parcels; they replace what was there."""
    if order.fulfilment is not Fulfilment.FBM:
        raise Refused(RefusalCode.NOT_ELIGIBLE, "Order is not fulfilled by merchant")
    codes = tuple(detail.tracking_code.strip() for detail in request.tracking_details)
    after = changed(order, Verb.TRACK, tracking_codes=codes)
    for n, detail in enumerate(request.tracking_details):
        if detail.courier not in _SHOWN:
            raise _refused(f"courier '{detail.courier}' is not one of: {', '.join(_SHOWN)}.")
        if not 1 <= len(codes[n]) <= LONGEST_CODE or not codes[n].isprintable():
            raise _refused(f"tracking_code must have 1 to {LONGEST_CODE} visible characters.")
    return replace(after, courier=_SHOWN[request.tracking_details[0].courier])


def _refused(message: str) -> Refused:
    return Refused(RefusalCode.TRACKING_DETAILS, message)
