"""Which of the pickup windows on offer to choose."""

from collections.abc import Iterable
from datetime import datetime

from smartcart.contract import PickupWindowOption, parse_pickup_label
from smartcart.merchant.domain.hours import Hours


def earliest_workable(
    windows: Iterable[PickupWindowOption], ready_at: datetime, hours: Hours
) -> int | None:
    """The id of the first window that begins when the parcel is ready and somebody is there.

    Somebody must be there until its end, for the courier may come at any moment of it. None when
    there is no such window. Windows are dated only in their labels (contract §4): one whose label
    cannot be read is never chosen, and neither is one without an id.
    """
    workable = [
        (interval.start, interval.end, window.id)
        for window in windows
        if window.id
        and (interval := parse_pickup_label(window.label)) is not None
        and interval.start >= ready_at
        and hours.cover(interval)
    ]
    return min(workable)[2] if workable else None
