"""At which of the pickup locations on offer an order's pieces are."""

from collections.abc import Mapping, Sequence

from smartcart.contract import Order, PickupLocation
from smartcart.merchant.domain.policy import Pickup
from smartcart.merchant.domain.shelves import Stock
from smartcart.merchant.domain.skus import UNCOUNTED, wanted


def location_for(
    order: Order, locations: Sequence[PickupLocation], pickup: Pickup, stock: Stock
) -> str | None:
    """The first location that will do, those the shop prefers before others."""
    offered = [each for each in locations if each.id]
    rank = {each: n for n, each in enumerate(pickup.prefer)}
    offered.sort(key=lambda each: rank.get(each.id, len(rank)))
    if pickup.location == "by_stock":
        offered = [each for each in offered if _has_all(order, each, pickup, stock)]
    return offered[0].id if offered else None


def place_of(location: PickupLocation, pickup: Pickup, there: Mapping[str, int]) -> str:
    """Which place of the stock a location on offer is."""
    said = pickup.place(location.id)
    return said or (location.id if location.id in there else location.label)


def spread(order: Order, locations: Sequence[PickupLocation], pickup: Pickup, stock: Stock) -> str:
    """How many pieces are where, of each product that some location on offer has too few of.

    As `1001 × 3: Ermou = 2, Stadiou = 1; …`: the locations on offer by their labels, with what is
    at no place in particular, and after them places of the stock that are none of them.
    """
    offered = [each for each in locations if each.id]
    told = []
    for sku, pieces in wanted(order.line_items).items():
        there = stock[sku].certain
        found = {each.label or each.id: _at(each, pickup, there) for each in offered}
        if min(found.values(), default=0) < pieces:
            known = {"", *(place_of(each, pickup, there) for each in offered)}
            found |= {place: n for place, n in there.items() if place not in known and n > 0}
            where = ", ".join(f"{place} = {_shown(n)}" for place, n in found.items())
            told.append(f"{sku} × {pieces}: {where}")
    return "; ".join(told)


def _has_all(order: Order, location: PickupLocation, pickup: Pickup, stock: Stock) -> bool:
    """Whether all pieces are at this location."""
    return all(
        _at(location, pickup, stock[sku].certain) >= pieces
        for sku, pieces in wanted(order.line_items).items()
    )


def _at(location: PickupLocation, pickup: Pickup, there: Mapping[str, int]) -> int:
    """Pieces at a location. What is at no named place is anywhere."""
    at = place_of(location, pickup, there)
    return there.get("", 0) + (there.get(at, 0) if at else 0)


def _shown(pieces: int) -> str:
    return "∞" if pieces >= UNCOUNTED else str(max(0, pieces))
