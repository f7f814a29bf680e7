"""When a stock source must not be relied on: what it told last stays, and nothing is rejected."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

FEW = 5
"""Fewer products than this may sell out or vanish at once without a doubt, unless they were all."""


class Doubt(StrEnum):
    """Why what a source says must not be relied on."""

    UNREADABLE = "unreadable"
    SHRUNKEN = "shrunken"
    STALE = "stale"


class Terms(Struct, frozen=True, kw_only=True):
    """What a shop takes for normal of its source.

    A count that is `max_age` microseconds old is stale; 0 is never. One without more than
    `shrink_percent` of the products that were in stock, `FEW` or all of several, is shrunken; with
    100 none ever is.

    A count is of the pieces in the shop: those of an order are in it until they are handed over.
    Unless the shop's own system takes them off before, `sold_off_after` microseconds after the
    order was taken, at most.
    """

    max_age: int = 0
    shrink_percent: float = 50
    sold_off_after: int | None = None


class Stand(Struct, frozen=True):
    """Which place of the shop a source is of, none if empty, and its number among all sources.

    Of two sources of a place the one with the lower number counts, for each product it names.
    """

    place: str = ""
    number: int = 0


class Sold(Struct, frozen=True, order=True):
    """Pieces reserved at `opened_at`, and handed over at `left_at`, None while they are here."""

    pieces: int
    opened_at: int
    left_at: int | None = None


def is_shrunken(in_stock: int, lost: int, terms: Terms) -> bool:
    """Whether `lost` of the products `in_stock` are too many to be sold out, or gone, at once."""
    many = lost >= FEW or lost == in_stock > 1
    return many and lost * 100 > in_stock * terms.shrink_percent


def is_stale(as_of: int, now: int, terms: Terms) -> bool:
    """Whether a count of `as_of` is too old to decide from."""
    return bool(terms.max_age) and now - as_of >= terms.max_age


def restated(told: int, sold: Iterable[Sold], as_of: int, terms: Terms) -> int:
    """The pieces in the shop now, those reserved among them, when a count of `as_of` told so many.

    What the count still had in it and has left since comes off; what the shop's own system had
    taken off and is here yet is put back, since it is reserved and would be taken off twice.
    """
    return max(0, told + sum(correction(one, as_of, terms) for one in sold))


def correction(sold: Sold, as_of: int, terms: Terms) -> int:
    """Pieces that an order's own make of a count of `as_of`: more, fewer or none."""
    if is_off(sold, as_of, terms):
        return sold.pieces if sold.left_at is None else 0
    gone = sold.left_at is not None and sold.left_at > as_of
    return -sold.pieces if gone else 0


def is_off(sold: Sold, as_of: int, terms: Terms) -> bool:
    """Whether the shop's own system had taken these pieces off in a count of `as_of`."""
    lag = terms.sold_off_after
    return lag is not None and sold.opened_at + lag <= as_of
