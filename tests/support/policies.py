"""Policies for tests that are about something else, at whatever hour they run."""

from smartcart.merchant.domain.hours import Hours, parse_day
from smartcart.merchant.domain.policy import Pickup, Policy
from smartcart.merchant.domain.shelves import Shelf, Stock
from smartcart.merchant.domain.skus import Pieces

NEVER_CLOSED = Hours((parse_day("00:00-24:00"),) * 7)


def prepared_in(minutes: float) -> Policy:
    """Open day and night, a parcel ready so many minutes after it is begun."""
    return Policy(pickup=Pickup(preparation_minutes=minutes), hours=NEVER_CLOSED)


ALWAYS_OPEN = prepared_in(60)


def on_shelves(pieces: Pieces) -> Stock:
    """These pieces, all of them certain, at no place in particular."""
    return {sku: Shelf({"": count}) for sku, count in pieces.items()}
