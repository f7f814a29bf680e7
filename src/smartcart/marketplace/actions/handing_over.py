"""What the merchant says of its parcels: packed, not packed after all, followed under codes."""

from smartcart.contract import TrackingRequest
from smartcart.kit import journal
from smartcart.marketplace.actions.changing import Act
from smartcart.marketplace.domain import readiness
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.domain.tracking import track


def marking_ready() -> Act:
    """Packed: the courier may come earlier."""
    return Act(Verb.MARK_READY, readiness.mark_ready, _pickup)


def packing() -> Act:
    """Packed, as somebody who has the voucher; the pickup stays as it was chosen."""
    return Act(Verb.MARK_READY, lambda order, _now: readiness.packed(order), _pickup)


def marking_not_ready() -> Act:
    """Not packed after all: the pickup goes back, if it still can."""
    return Act(Verb.MARK_NOT_READY, readiness.mark_not_ready, _pickup)


def tracking(request: TrackingRequest) -> Act:
    """The merchant ships it itself; these replace the codes told before."""
    return Act(
        Verb.TRACK,
        lambda order, _now: track(order, request),
        lambda after: {"courier": after.courier, "codes": ", ".join(after.tracking_codes)},
    )


def _pickup(after: Order) -> journal.Facts:
    return {"pickup_from": after.pickup.start.isoformat()} if after.pickup else {}
