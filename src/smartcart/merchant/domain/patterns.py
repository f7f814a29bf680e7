"""Lists in which a policy names products and zip codes."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from functools import lru_cache

from smartcart.merchant.domain.skus import Sku

_ZIPS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")


def names(patterns: Iterable[str], sku: Sku) -> bool:
    """Whether any pattern is the product, or the variation of it."""
    return any(_fits(pattern, sku) for pattern in patterns)


def check_zips(entries: Iterable[str]) -> None:
    """Raises `ValueError` for an entry that is neither a zip code, its beginning nor a range."""
    for entry in entries:
        _ends(entry)


def entry_of_zip(entries: Iterable[str], zip_code: str) -> str | None:
    """The first of these that a zip code, however it is spaced, is one of; None for none."""
    digits = "".join(zip_code.split())
    return next((entry for entry in entries if _is_within(digits, *_ends(entry))), None)


@lru_cache(maxsize=16)
def weights(entries: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """Patterns of products and their grams, from texts as `TV-*=14`, in kilograms.

    Raises `ValueError` for a text that is no pair of the two.
    """
    return tuple(map(_weight, entries))


def weight(entries: tuple[str, ...], sku: Sku) -> int | None:
    """Grams of a piece, by the first entry that fits."""
    return next((grams for pattern, grams in weights(entries) if _fits(pattern, sku)), None)


def _fits(pattern: str, sku: Sku) -> bool:
    return fnmatchcase(sku.shop_uid, pattern) or fnmatchcase(str(sku), pattern)


def _is_within(digits: str, low: str, high: str) -> bool:
    return len(digits) >= len(low) and low <= digits[: len(low)] <= high


@lru_cache(maxsize=1024)
def _ends(entry: str) -> tuple[str, str]:
    found = _ZIPS.fullmatch("".join(entry.split()))
    if found is None or (found[2] and (len(found[1]) != len(found[2]) or found[1] > found[2])):
        raise ValueError(f"zips: {entry!r} is none; write 85100, a beginning as 85, or 84000-85999")
    return found[1], found[2] or found[1]


def _weight(entry: str) -> tuple[str, int]:
    pattern, _, kilos = entry.rpartition("=")
    try:
        grams = int(Decimal(kilos.strip()) * 1000)
    except (InvalidOperation, ValueError, OverflowError):
        grams = 0
    if not pattern.strip() or grams <= 0:
        raise ValueError(f"weights: {entry!r} is no weight; write one like TV-*=14")
    return pattern.strip(), grams
