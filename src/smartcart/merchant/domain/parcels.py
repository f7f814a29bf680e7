"""In how many parcels an order goes."""

from collections.abc import Iterable, Sequence
from math import ceil

from smartcart.contract import LineItem
from smartcart.merchant.domain.decisions import Cause, HoldReason
from smartcart.merchant.domain.patterns import weight
from smartcart.merchant.domain.policy import Parcels
from smartcart.merchant.domain.shelves import Stock
from smartcart.merchant.domain.skus import Pieces, Sku, wanted


def parcels(
    lines: Iterable[LineItem], offered: Sequence[int], rules: Parcels, stock: Stock
) -> int | Cause:
    """The fewest parcels on offer that the lines fit into, or why that cannot be told.

    Without an offer it is one. Only positive numbers are offers.
    """
    pieces = wanted(lines)
    needed = 1
    if rules.pieces_each is not None:
        needed = ceil(sum(pieces.values()) / rules.pieces_each)
    if rules.kilos_each is not None:
        by_weight = _by_weight(pieces, rules, stock)
        if isinstance(by_weight, Cause):
            return by_weight
        needed = max(needed, by_weight)
    enough = [n for n in _positive(offered) if n >= needed]
    if enough:
        return min(enough)
    return Cause(HoldReason.TOO_MANY_PARCELS, found=needed, limit=max(_positive(offered)))


def _positive(offered: Sequence[int]) -> list[int]:
    return [n for n in offered if n > 0] or [1]


def _by_weight(pieces: Pieces, rules: Parcels, stock: Stock) -> int | Cause:
    heaviest_first: list[tuple[int, int]] = []
    for sku, count in pieces.items():
        grams = _grams(sku, rules, stock)
        if grams is None:
            return Cause(HoldReason.WEIGHT_UNKNOWN, str(sku))
        heaviest_first.append((grams, count))
    return _packed(sorted(heaviest_first, reverse=True), round((rules.kilos_each or 0) * 1000))


def _grams(sku: Sku, rules: Parcels, stock: Stock) -> int | None:
    ruled = weight(rules.weights, sku)
    shelf = stock.get(sku)
    said = shelf.grams if shelf else None
    other = None if rules.other_kilos is None else round(rules.other_kilos * 1000)
    return next((grams for grams in (ruled, said, other) if grams is not None), None)


def _packed(heaviest_first: Sequence[tuple[int, int]], limit: int) -> int:
    """Parcels when every piece goes into the first that has room for it.

    Parcels of the same room are counted and not listed: orders of a million pieces are read too.
    """
    parcels: dict[int, int] = {}
    for grams, count in heaviest_first:
        left = count
        for room in sorted((room for room in parcels if room >= grams), reverse=True):
            left = _filled(parcels, room, grams, left)
        each = max(1, limit // grams) if grams else left
        full, rest = divmod(left, each) if left else (0, 0)
        for number, used in ((full, each), (1 if rest else 0, rest)):
            if number:
                room = max(0, limit - used * grams)
                parcels[room] = parcels.get(room, 0) + number
    return max(1, sum(parcels.values()))


def _filled(parcels: dict[int, int], room: int, grams: int, left: int) -> int:
    """Put pieces into the parcels of this room; returns how many are left."""
    each = room // grams if grams else left
    if not each or not left:
        return left
    number = min(parcels[room], ceil(left / each))
    put = min(left, number * each)
    last = put - (number - 1) * each
    parcels[room] -= number
    if not parcels[room]:
        del parcels[room]
    for count, used in ((number - 1, each), (1, last)):
        if count:
            parcels[room - used * grams] = parcels.get(room - used * grams, 0) + count
    return left - put
