"""When a stock source must not be relied on: what it told last stays, and nothing is rejected."""

from enum import StrEnum

from msgspec import Struct

FEW = 5
"""Fewer products than this may sell out or vanish at once without a doubt."""


class Doubt(StrEnum):
    """Why what a source says must not be relied on."""

    UNREADABLE = "unreadable"
    SHRUNKEN = "shrunken"
    STALE = "stale"


class Terms(Struct, frozen=True, kw_only=True):
    """What a shop takes for normal of its source.

    A count that is `max_age` microseconds old is stale; 0 is never. One without more than
    `shrink_percent` of the products that were in stock is shrunken; 100 is never.
    """

    max_age: int = 0
    shrink_percent: float = 50


def is_shrunken(in_stock: int, lost: int, terms: Terms) -> bool:
    """Whether `lost` of the products `in_stock` are too many to be sold out, or gone, at once."""
    return lost >= FEW and lost * 100 > in_stock * terms.shrink_percent


def is_stale(as_of: int, now: int, terms: Terms) -> bool:
    """Whether a count of `as_of` is too old to decide from."""
    return bool(terms.max_age) and now - as_of >= terms.max_age
