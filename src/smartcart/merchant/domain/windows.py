"""Which of the pickup windows on offer to choose."""

from collections.abc import Iterable
from datetime import datetime

from smartcart.contract import PickupWindowOption, parse_pickup_label


def earliest_workable(windows: Iterable[PickupWindowOption], ready_at: datetime) -> int | None:
    """The id of the first window that begins when the parcel is ready; None when there is none.

    Windows are dated only in their labels (contract §4). One whose label cannot be read is never
    chosen, and neither is one without an id.
    """
    workable = [
        (interval.start, interval.end, window.id)
        for window in windows
        if window.id
        and (interval := parse_pickup_label(window.label)) is not None
        and interval.start >= ready_at
    ]
    return min(workable)[2] if workable else None
